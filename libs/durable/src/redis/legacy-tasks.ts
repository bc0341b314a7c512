import { DelayedError, type Job as BullJob, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { EncodedTask, QueueName } from '../ports/task.js';
import type { RunTask } from './ticket-queue.js';

/** The prefix of the version before tickets: each task was its own job of BullMQ. */
const PREFIX = 'frontier:bull';
const LOCK_MS = 3000;
const STALLED_EVERY_MS = 1000;

/** Tasks that a version without tickets left, or that its processes still make while they are replaced. */
export class LegacyTasks {
  private readonly workers: Worker[] = [];

  constructor(private readonly redis: Redis) {}

  /** Tells whether a task is there, and will be worked on from there. */
  async has(queue: QueueName, task: EncodedTask): Promise<boolean> {
    return (await this.redis.exists(`${PREFIX}:${queue}:${task.replaceAll(':', '-')}`)) === 1;
  }

  /** Tells whether a queue ever had any. */
  async exist(queue: QueueName): Promise<boolean> {
    return (await this.redis.exists(`${PREFIX}:${queue}:meta`)) === 1;
  }

  /** Works on them as that version did. */
  work(queue: QueueName, concurrency: number, run: RunTask, connection: Redis): void {
    const closing = new AbortController();
    const worker = new Worker<{ entry: EncodedTask }>(
      queue,
      async (job: BullJob<{ entry: EncodedTask }>, token) => {
        const { retry } = await run(job.data.entry, closing.signal);
        if (!retry) return;
        await job.moveToDelayed(Date.now() + Math.round(retry.delayMs), token);
        throw new DelayedError();
      },
      {
        connection,
        prefix: PREFIX,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_EVERY_MS,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        skipVersionCheck: true,
      },
    );
    worker.on('error', () => {});
    worker.on('closing', () => closing.abort(new Error('The queue is closing.')));
    this.workers.push(worker);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close().catch(() => {})));
  }
}
