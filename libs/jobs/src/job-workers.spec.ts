import { afterEach, describe, expect, it } from 'vitest';
import { JobWorkers } from './job-workers.js';
import type { JobQueue, Lane, LaneHandler, Purged } from './job-queue.js';

/** Hands what it is told to to the workers' handlers. */
class HandedQueue {
  isAvailable = true;
  readonly handlers = new Map<Lane, LaneHandler>();
  readonly purged: number[] = [];
  reads = 0;

  constructor(private readonly steps: Purged[]) {}

  work(lane: Lane, _: number, handler: LaneHandler): void {
    this.handlers.set(lane, handler);
  }

  async get(): Promise<undefined> {
    this.reads++;
  }

  async purge(): Promise<Purged> {
    const step = this.steps.shift()!;
    this.purged.push(step.jobs);
    return step;
  }

  async close(): Promise<void> {}
}

describe(JobWorkers.name, () => {
  let workers: JobWorkers;
  afterEach(() => workers.onApplicationShutdown());
  const start = (steps: Purged[] = [{ jobs: 0, isDone: true }]): HandedQueue => {
    const queue = new HandedQueue(steps);
    const executor = { execute: () => Promise.reject(new Error('unused')) };
    workers = new JobWorkers(queue as unknown as JobQueue, { executor, folder: '', callbacks: { allowedHosts: [] } });
    workers.onApplicationBootstrap();
    return queue;
  };

  it('does nothing that could not be noted, and so would be done again and again', async () => {
    const queue = start();
    const signal = new AbortController().signal;
    queue.isAvailable = false;
    for (const lane of ['jobs', 'deliveries'] as const) {
      expect((await queue.handlers.get(lane)!('a:1', signal)).again!.delayMs).toBeGreaterThanOrEqual(1000);
    }
    expect(queue.reads).toBe(0);
    queue.isAvailable = true;
    for (const lane of ['jobs', 'deliveries'] as const)
      expect(await queue.handlers.get(lane)!('a:1', signal)).toEqual({});
    expect(queue.reads).toBe(2);
  });

  it('forgets old jobs in steps, until there are no more', async () => {
    const queue = start([
      { jobs: 200, isDone: false },
      { jobs: 200, isDone: false },
      { jobs: 7, isDone: true },
      { jobs: 0, isDone: true },
    ]);
    await expect.poll(() => queue.purged).toEqual([200, 200, 7]);
  });
});
