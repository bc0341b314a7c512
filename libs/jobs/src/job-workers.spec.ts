import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { DurableStorage, Purged, QueueName, TaskHandler } from '@frontier/durable';
import { JobWorkers } from './job-workers.js';

/** Gives a test the workers' handlers. */
class ManualStorage {
  isAvailable = true;
  readonly handlers = new Map<QueueName, TaskHandler<QueueName>>();
  readonly purged: number[] = [];
  reads = 0;
  readonly request = new AsyncLocalStorage<string>();
  /** The request in whose context a handler last read a job. */
  context: string | undefined;

  constructor(private readonly steps: Purged[]) {}

  work(queue: QueueName, _: number, handler: TaskHandler<QueueName>): void {
    this.handlers.set(queue, handler);
  }

  async get(): Promise<undefined> {
    this.reads++;
    this.context = this.request.getStore();
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
  const start = (steps: Purged[] = [{ jobs: 0, isDone: true }]): ManualStorage => {
    const storage = new ManualStorage(steps) as ManualStorage & DurableStorage;
    const executor = { execute: () => Promise.reject(new Error('unused')) };
    workers = new JobWorkers({ executor, storage, callbacks: { allowedHosts: [] } });
    workers.onApplicationBootstrap();
    return storage;
  };

  it('does no work whose result could not be stored', async () => {
    const storage = start();
    const signal = new AbortController().signal;
    storage.isAvailable = false;
    for (const queue of ['jobs', 'deliveries'] as const) {
      expect(
        (await storage.handlers.get(queue)!({ jobId: 'a', delivery: 1 }, signal)).retry!.delayMs,
      ).toBeGreaterThanOrEqual(1000);
    }
    expect(storage.reads).toBe(0);
    storage.isAvailable = true;
    for (const queue of ['jobs', 'deliveries'] as const)
      expect(await storage.handlers.get(queue)!({ jobId: 'a', delivery: 1 }, signal)).toEqual({});
    expect(storage.reads).toBe(2);
  });

  it('works in the context of no request, also where one has woken the queue', async () => {
    const storage = start();
    const { signal } = new AbortController();
    for (const queue of ['jobs', 'deliveries'] as const) {
      storage.context = 'unread';
      await storage.request.run('a POST', () => storage.handlers.get(queue)!({ jobId: 'a', delivery: 1 }, signal));
      expect(storage.context).toBeUndefined();
    }
  });

  it('forgets old jobs in steps, until there are no more', async () => {
    const storage = start([
      { jobs: 200, isDone: false },
      { jobs: 200, isDone: false },
      { jobs: 7, isDone: true },
      { jobs: 0, isDone: true },
    ]);
    await expect.poll(() => storage.purged).toEqual([200, 200, 7]);
  });
});
