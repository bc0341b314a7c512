import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The outcome of one request. */
export interface OverloadOutcome {
  status: number;
  code?: string;
  /** Seconds; `NaN` where there is none. */
  retryAfter: number;
  /** The time inside the server. */
  insideMs: number;
}

interface OverloadOptions {
  url: string;
  path: string;
  /** The body of the i-th request. */
  body: (i: number) => object;
  perSecond: number;
  seconds: number;
  /** Processes whose memory is watched. */
  pids: readonly number[];
}

/** The outcomes of requests that come at a steady rate whatever is answered, and the memory of all processes at each second, in MB. */
export async function overload({ url, path, body, perSecond, seconds, pids }: OverloadOptions): Promise<{
  outcomes: OverloadOutcome[];
  memoryMb: number[];
}> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
  const outcomes: Promise<OverloadOutcome>[] = [];
  const memoryMb: number[] = [];
  const startedAt = performance.now();
  try {
    while (outcomes.length < perSecond * seconds) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
      while (outcomes.length < Math.min(due, perSecond * seconds)) {
        outcomes.push(post(agent, url + path, body(outcomes.length)));
      }
      if (outcomes.length >= memoryMb.length * perSecond) {
        memoryMb.push(pids.reduce((sum, pid) => sum + residentMb(pid), 0));
      }
      await sleep(1);
    }
    return { outcomes: await Promise.all(outcomes), memoryMb };
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, url: string, body: object): Promise<OverloadOutcome> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer changeme', 'content-type': 'application/json' };
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const { code, error } = JSON.parse(text) as { code?: string; error?: { code?: string } };
        resolve({
          status: response.statusCode!,
          code: code ?? error?.code,
          retryAfter: Number(response.headers['retry-after']),
          insideMs: Number.parseFloat(String(response.headers['x-response-time'])),
        });
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection when it was taken: every client sends again then.
      if (error.code === 'ECONNRESET' && outgoing.reusedSocket) resolve(post(agent, url, body));
      else reject(error);
    });
    outgoing.end(JSON.stringify(body));
  });
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}
