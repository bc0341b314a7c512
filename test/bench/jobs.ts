/**
 * What the queues of jobs cost: jobs accepted per second, each durable before it counts, one after the other and by 64 callers at
 * once; and what a job costs beside its work, from its acceptance to its end, with work that takes no time.
 *
 *   npm run bench:jobs [-- --seconds 3 --jobs 2000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Job, type JobQueue, openJobQueue } from '@frontier/jobs';
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
    entry: id,
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
async function acceptance(queue: JobQueue, callers: number): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  let accepted = 0;
  const caller = async (): Promise<void> => {
    for (; performance.now() < end; accepted++) await queue.accept(aJob());
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return accepted / SECONDS;
}

/** Milliseconds that a job costs beside its work, 8 at once. */
async function overhead(queue: JobQueue): Promise<number> {
  const runner = new JobRunner(queue, { execute: async () => ({ output: 'x' }) });
  await Promise.all(Array.from({ length: JOBS }, () => queue.accept(aJob())));
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const startedAt = performance.now();
  queue.work('jobs', 8, async (id, signal) => {
    const outcome = await runner.run(id, signal);
    if (++done === JOBS) finished.resolve();
    return outcome;
  });
  await finished.promise;
  return (performance.now() - startedAt) / JOBS;
}

console.log('| queue | accepted/s, one caller | accepted/s, 64 callers | overhead of a job, ms |');
console.log('| :--- | ---: | ---: | ---: |');
for (const backend of hasRedis ? ['SQLite, full sync', 'BullMQ, appendonly'] : ['SQLite, full sync']) {
  const cells: string[] = [];
  for (const measure of [
    (queue: JobQueue) => acceptance(queue, 1),
    (queue: JobQueue) => acceptance(queue, 64),
    overhead,
  ]) {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
    const redis = backend.startsWith('BullMQ') ? await TestRedis.start(folder) : undefined;
    const queue = await openJobQueue({ folder, redisUrl: redis?.url });
    const figure = await measure(queue);
    cells.push(figure < 100 ? figure.toFixed(2) : figure.toFixed(0));
    await queue.close();
    await redis?.kill();
    rmSync(folder, { recursive: true });
  }
  console.log(`| ${[backend, ...cells].join(' | ')} |`);
}
