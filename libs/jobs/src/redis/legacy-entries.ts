import { DelayedError, type Job as BullJob, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Lane, LaneHandler } from '../job-queue.js';

/** The prefix of the version before tickets: each entry was its own job of BullMQ. */
const PREFIX = 'frontier:bull';
const LOCK_MS = 3000;
const STALLED_EVERY_MS = 1000;

/** Entries that a version without tickets left, or that its processes still make while they are replaced. */
export class LegacyEntries {
  private readonly workers: Worker[] = [];

  constructor(private readonly redis: Redis) {}

  /** Whether an entry is there, and will be worked on from there. */
  async has(lane: Lane, entry: string): Promise<boolean> {
    return (await this.redis.exists(`${PREFIX}:${lane}:${entry.replaceAll(':', '-')}`)) === 1;
  }

  /** Whether there ever were any. */
  async exist(lane: Lane): Promise<boolean> {
    return (await this.redis.exists(`${PREFIX}:${lane}:meta`)) === 1;
  }

  /** Works on them as that version did. */
  work(lane: Lane, concurrency: number, handler: LaneHandler, connection: Redis): void {
    const closing = new AbortController();
    const worker = new Worker<{ entry: string }>(
      lane,
      async (entry: BullJob<{ entry: string }>, token) => {
        const { again } = await handler(entry.data.entry, closing.signal);
        if (!again) return;
        await entry.moveToDelayed(Date.now() + Math.round(again.delayMs), token);
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
