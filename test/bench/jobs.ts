/**
 * Costs of the storages of jobs: jobs accepted per second, each durable before it counts, one after the other and by 64 callers at
 * once; and the overhead of a job beside its work, from its acceptance to its end, with work that takes no time.
 *
 *   npm run bench:jobs [-- --seconds 3 --jobs 2000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DurableStorage, type Job, openStorage } from '@frontier/durable';
import { JobRunner } from '../../libs/jobs/dist/job-runner.js';
import { hasRedis, TestRedis } from '../support/redis.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, jobs: { type: 'string', default: '2000' } },
});
const SECONDS = Number(values.seconds);
const JOBS = Number(values.jobs);

let count = 0;
function aJob(): Job {
  const id = `job_${String(count++).padStart(32, '0')}`;
  const input = { body: { prompt: 'Once upon a time', params: { max_new_tokens: 64 } }, caller: { id: 'key:bench' } };
  return {
    id,
    version: 0,
    status: 'queued',
    owner: 'key:bench',
    input,
    priority: 'normal',
    createdAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    attempts: 0,
    deliveries: [],
  };
}

/** Jobs a second that so many callers get accepted. */
async function acceptance(storage: DurableStorage, callers: number): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  let accepted = 0;
  const caller = async (): Promise<void> => {
    for (; performance.now() < end; accepted++) await storage.accept(aJob());
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return accepted / SECONDS;
}

/** Milliseconds that a job costs beside its work, 8 at once. */
async function overhead(storage: DurableStorage): Promise<number> {
  const runner = new JobRunner(storage, { execute: async () => ({ output: 'x' }) });
  await Promise.all(Array.from({ length: JOBS }, () => storage.accept(aJob())));
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const startedAt = performance.now();
  storage.work('jobs', 8, async (task, signal) => {
    const result = await runner.run(task, signal);
    if (++done === JOBS) finished.resolve();
    return result;
  });
  await finished.promise;
  return (performance.now() - startedAt) / JOBS;
}

console.log('| queue | accepted/s, one caller | accepted/s, 64 callers | overhead of a job, ms |');
console.log('| :--- | ---: | ---: | ---: |');
for (const backend of hasRedis ? ['SQLite, full sync', 'BullMQ, appendonly'] : ['SQLite, full sync']) {
  const cells: string[] = [];
  for (const measure of [
    (storage: DurableStorage) => acceptance(storage, 1),
    (storage: DurableStorage) => acceptance(storage, 64),
    overhead,
  ]) {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
    const redis = backend.startsWith('BullMQ') ? await TestRedis.start(folder) : undefined;
    const storage = await openStorage({ folder, redisUrl: redis?.url });
    const figure = await measure(storage);
    cells.push(figure < 100 ? figure.toFixed(2) : figure.toFixed(0));
    await storage.close();
    await redis?.kill();
    rmSync(folder, { recursive: true });
  }
  console.log(`| ${[backend, ...cells].join(' | ')} |`);
}
