import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobReceiver } from './job-receiver.ts';
import { freePort, TestRedis } from './redis.ts';
import { ServerProcess } from './server-process.ts';

const SECRET = `whsec_${Buffer.from('a secret of the chaos test').toString('base64')}`;
const TOKEN = 'chaos';
const POSTERS = 8;
const DEADLINE_MS = 180_000;

interface ChaosOptions {
  backend: 'sqlite' | 'bullmq';
  jobs: number;
  /** Times that the server is killed, at random moments while jobs are posted and worked on. */
  kills: number;
}

interface ChaosResult {
  /** Jobs that were answered with 202. */
  accepted: number;
  kills: number;
  /** Accepted jobs that did not succeed. */
  lost: number;
  /** Accepted jobs whose message came, verified. */
  delivered: number;
  /** Messages that came again. */
  duplicates: number;
  /** Messages that could not be verified. */
  refused: number;
  /** The longest time from a restart's readiness to the end of a job that the killed process had begun, in ms. */
  slowestTakeoverMs: number;
  seconds: number;
}

/** Posts jobs to a server that is killed again and again, and counts their ends. */
export async function jobChaos({ backend, jobs, kills }: ChaosOptions): Promise<ChaosResult> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'frontier-chaos-'));
  const redis = backend === 'bullmq' ? await TestRedis.start(folder) : undefined;
  const receiver = await JobReceiver.start(SECRET);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = (): ServerProcess =>
    new ServerProcess({
      PORT: String(port),
      TRUTHGPT_API_TOKEN: TOKEN,
      LOG_LEVEL: 'ERROR',
      RATE_LIMIT_RPM: '1000000',
      DATA_DIR: join(folder, 'data'),
      WEBHOOK_HMAC_SECRET: SECRET,
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      ...(redis ? { JOBS_REDIS_URL: redis.url } : {}),
    });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${TOKEN}` }, signal: AbortSignal.timeout(5000) });

  let server = start();
  const ready = async (): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (
      !(await ask('/ready').then(
        (response) => response.ok,
        () => false,
      ))
    ) {
      if (performance.now() > deadline) throw new Error(`The server does not start:\n${server.output}`);
      await sleep(20);
    }
  };
  try {
    await ready();
    const accepted = new Set<string>();
    const poster = async (): Promise<void> => {
      while (accepted.size < jobs) {
        const prompt = `Tom ${Math.random()}`;
        const body = JSON.stringify({ prompt, params: { max_new_tokens: 4 }, callback_url: receiver.url });
        const response = await ask('/v1/jobs', { method: 'POST', body }).catch(() => undefined);
        if (response?.status === 202) accepted.add(((await response.json()) as { id: string }).id);
        await sleep(response ? Math.random() * 12 * kills : 50);
      }
    };
    const posting = Promise.all(Array.from({ length: POSTERS }, poster));
    let slowestTakeoverMs = 0;
    for (let kill = 0; kill < kills; kill++) {
      await sleep(100 + Math.random() * 1200);
      const delivered = receiver.received.length;
      server.child.kill('SIGKILL');
      await server.exit();
      server = start();
      const restartedAt = performance.now();
      await ready();
      while (receiver.received.length === delivered && performance.now() - restartedAt < 10_000) await sleep(5);
      slowestTakeoverMs = Math.max(slowestTakeoverMs, performance.now() - restartedAt);
    }
    await posting;
    const counts = await settled(accepted, receiver);
    const lost = [...accepted].filter((id) => !counts.has(id)).length;
    return {
      accepted: accepted.size,
      kills,
      lost,
      delivered: accepted.size - lost,
      duplicates: receiver.received.length - new Set(receiver.received.map(({ data }) => data.id)).size,
      refused: receiver.refused.length,
      slowestTakeoverMs: Math.round(slowestTakeoverMs),
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
  } finally {
    server.child.kill('SIGKILL');
    await server.exit();
    await receiver.close();
    await redis?.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Waits until a message of success has come for every job, or time is up. */
async function settled(accepted: ReadonlySet<string>, receiver: JobReceiver): Promise<ReadonlySet<string>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const told = receiver.received.filter(({ type, data }) => type === 'job.succeeded' && accepted.has(data.id));
    const ids = new Set(told.map(({ data }) => data.id));
    if (ids.size === accepted.size || performance.now() > deadline) return ids;
    await sleep(50);
  }
}
