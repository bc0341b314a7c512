import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@frontier/errors';
import { changeJob, finishJob } from './job-changes.js';
import type { Job, JobEvent } from './job.js';
import type { JobQueue, JobState, Lane } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { jobsUnavailable } from './jobs.errors.js';
import { deliveryDelayMs, jobDelayMs, MAX_JOB_ATTEMPTS } from './retry-schedule.js';

/** Keeps jobs in memory, with the versions of a real queue. */
class MemoryQueue {
  readonly jobs = new Map<string, Job>();
  readonly entries: string[] = [];
  readonly log: string[] = [];

  add(changes: Partial<Job> = {}): Job {
    const job: Job = {
      id: 'a',
      entry: 'a',
      version: 0,
      status: 'queued',
      owner: 'me',
      input: {},
      priority: 'normal',
      createdAt: 0,
      expiresAt: Date.now() + 60_000,
      attempts: 0,
      deliveries: [],
      ...changes,
    };
    this.jobs.set(job.id, job);
    return job;
  }

  async get(id: string): Promise<Job | undefined> {
    return structuredClone(this.jobs.get(id));
  }

  async states(ids: readonly string[]): Promise<(JobState | undefined)[]> {
    return ids.map((id) => {
      const job = this.jobs.get(id);
      return job && { ...job, isCancelling: job.isCancelling === true };
    });
  }

  async update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    if (this.jobs.get(job.id)?.version !== job.version) return false;
    this.jobs.set(job.id, { ...structuredClone(job), version: job.version + 1 });
    if (event) this.log.push(event.status);
    return true;
  }

  async enqueue(lane: Lane, entry: string): Promise<void> {
    this.entries.push(`${lane} ${entry}`);
  }
}

const aQueue = (): MemoryQueue & JobQueue => new MemoryQueue() as unknown as MemoryQueue & JobQueue;
const signal = (): AbortSignal => new AbortController().signal;
const callback = { url: 'https://example.com' };
const fault = (code: string, retryable: boolean): AppError => new AppError(code, { code, status: 500, retryable });

describe(JobRunner.name, () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['warn', 'error'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation(
        (line: unknown) => void lines.push(`${level}: ${String(line)}`),
      );
    }
  });
  afterEach(() => vi.restoreAllMocks());

  it('logs why a job failed, and what its caller is not told', async () => {
    const queue = aQueue();
    queue.add();
    const executor = {
      execute: async () => {
        throw new Error('the inner reason');
      },
    };
    await new JobRunner(queue, executor).run('a', signal());
    expect(queue.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
    expect(queue.jobs.get('a')!.error!.message).not.toContain('inner');
    expect(lines).toEqual([
      'error: a: the inner reason',
      expect.stringMatching(/^warn: a failed at attempt 1: internal_error: /),
    ]);
  });

  it('keeps what the executor returns, and puts a message on its lane before the entry is done with', async () => {
    const queue = aQueue();
    queue.add({ callback });
    expect(await new JobRunner(queue, { execute: async () => ({ output: 'x' }) }).run('a', signal())).toEqual({});
    expect(queue.jobs.get('a')).toMatchObject({ status: 'succeeded', output: { output: 'x' }, attempts: 1 });
    expect([queue.log, queue.entries]).toEqual([['running', 'succeeded'], ['deliveries a:1']]);
  });

  it('puts the message of a job that ended on its lane, where its process could not', async () => {
    const queue = aQueue();
    queue.add({ callback, status: 'succeeded', deliveries: [{ status: 'pending', attempts: [] }] });
    const executor = { execute: () => Promise.reject(new Error('not again')) };
    expect(await new JobRunner(queue, executor).run('a', signal())).toEqual({});
    expect(queue.entries).toEqual(['deliveries a:1']);
  });

  it('puts a message on its lane later, where it had no place when the job ended', async () => {
    const queue = aQueue();
    queue.add({ callback });
    const enqueue = queue.enqueue.bind(queue);
    queue.enqueue = () => Promise.reject(new Error('full'));
    const runner = new JobRunner(queue, { execute: async () => ({}) });
    await expect(runner.run('a', signal())).rejects.toThrow('full');
    queue.enqueue = enqueue;
    expect(await runner.run('a', signal())).toEqual({});
    expect([queue.jobs.get('a')!.status, queue.entries]).toEqual(['succeeded', ['deliveries a:1']]);
  });

  it('leaves entries alone that are none of the job any more', async () => {
    const queue = aQueue();
    queue.add({ entry: 'a:4' });
    const ran: string[] = [];
    const runner = new JobRunner(queue, { execute: async () => ran.push('ran') });
    expect([await runner.run('a', signal()), ran]).toEqual([{}, []]);
    await runner.run('a:4', signal());
    expect([ran, queue.jobs.get('a')!.status]).toEqual([['ran'], 'succeeded']);
    expect(await runner.run('nobody', signal())).toEqual({});
  });

  it('tries again what can pass, longer each time, and gives up after a while', async () => {
    const queue = aQueue();
    queue.add();
    const runner = new JobRunner(queue, { execute: () => Promise.reject(fault('engine_error', true)) });
    const delays: number[] = [];
    for (let i = 1; i < MAX_JOB_ATTEMPTS; i++) delays.push((await runner.run('a', signal())).again!.delayMs);
    expect(delays.every((delay, i) => i === 0 || delay > delays[i - 1])).toBe(true);
    expect(await runner.run('a', signal())).toEqual({});
    expect(queue.jobs.get('a')).toMatchObject({
      status: 'failed',
      attempts: MAX_JOB_ATTEMPTS,
      error: { code: 'engine_error' },
    });
  });

  it('fails at once what cannot pass, and does not count what is not its fault', async () => {
    const queue = aQueue();
    queue.add();
    const waiting = new JobRunner(queue, { execute: () => Promise.reject(fault('overloaded', true)) });
    for (let i = 0; i < 20; i++) expect((await waiting.run('a', signal())).again).toBeDefined();
    expect(queue.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
    await new JobRunner(queue, { execute: () => Promise.reject(new Error('a bug')) }).run('a', signal());
    expect(queue.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
  });

  it('fails what its caller can never be admitted for, and lets wait what may be later, as long as the limiter says', async () => {
    const queue = aQueue();
    queue.add();
    const limited = (retryAfterMs?: number): AppError =>
      new AppError('Your limit is reached.', {
        code: 'rate_limit_exceeded',
        status: 429,
        retryable: retryAfterMs !== undefined,
        retryAfterMs,
      });
    const later = new JobRunner(queue, { execute: () => Promise.reject(limited(42_000)) });
    expect(await later.run('a', signal())).toEqual({ again: { delayMs: 42_000 } });
    expect(queue.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
    const never = new JobRunner(queue, { execute: () => Promise.reject(limited()) });
    expect(await never.run('a', signal())).toEqual({});
    expect(queue.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'rate_limit_exceeded' } });
  });

  it('computes nothing again because the storage was away when the job had ended', async () => {
    const queue = aQueue();
    queue.add();
    let runs = 0;
    const update = queue.update.bind(queue);
    let faults = 1;
    queue.update = async (job, event) => {
      if (job.status === 'succeeded' && faults-- > 0) throw jobsUnavailable(new Error('locked'));
      return update(job, event);
    };
    const runner = new JobRunner(queue, { execute: async () => ({ output: `run ${++runs}` }) });
    expect(await runner.run('a', signal())).toEqual({});
    expect(queue.jobs.get('a')).toMatchObject({ status: 'succeeded', output: { output: 'run 1' } });
    expect(runs).toBe(1);
  });

  it('makes no list of the waits of a job that waits for days', async () => {
    const queue = aQueue();
    queue.add();
    const waiting = new JobRunner(queue, { execute: () => Promise.reject(fault('overloaded', true)) });
    for (let i = 0; i < 500; i++) await waiting.run('a', signal());
    expect(queue.log.length).toBeLessThan(50);
    await new JobRunner(queue, { execute: async () => ({}) }).run('a', signal());
    expect(queue.log.at(-1)).toBe('succeeded');
  });

  it('gives a job up that was begun again and again, and whose process ended each time', async () => {
    const queue = aQueue();
    queue.add({ status: 'running', attempts: MAX_JOB_ATTEMPTS });
    const executor = { execute: () => Promise.reject(new Error('not again')) };
    expect(await new JobRunner(queue, executor).run('a', signal())).toEqual({});
    expect(queue.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
  });

  it('ends what is cancelled or expires while it runs, whatever the executor makes of it', async () => {
    for (const [changes, status] of [
      [{ isCancelling: true }, 'cancelled'],
      [{ expiresAt: 0 }, 'expired'],
    ] as const) {
      const queue = aQueue();
      queue.add();
      const execute = async (): Promise<never> => {
        await changeJob(queue, 'a', () => ({ changes }));
        throw fault('request_aborted', false);
      };
      await new JobRunner(queue, { execute }).run('a', signal());
      expect(queue.jobs.get('a')!.status).toBe(status);
    }
  });

  it('ends a job that another process was asked to cancel, and reads no document to find out', async () => {
    const queue = aQueue();
    queue.add();
    let reads = 0;
    const get = queue.get.bind(queue);
    queue.get = (id) => (reads++, get(id));
    const execute = (_: unknown, aborted: AbortSignal): Promise<never> => {
      void changeJob(queue, 'a', () => ({ changes: { isCancelling: true } })).then(() => (reads = 0));
      return new Promise((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason)));
    };
    await new JobRunner(queue, { execute }).run('a', signal());
    expect(queue.jobs.get('a')!.status).toBe('cancelled');
    // Those that end it.
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('puts back what it has when the queue closes', async () => {
    const queue = aQueue();
    queue.add();
    const closing = new AbortController();
    const execute = async (_: unknown, aborted: AbortSignal): Promise<never> => {
      closing.abort(new Error('closing'));
      aborted.throwIfAborted();
      throw new Error('unreachable');
    };
    expect(await new JobRunner(queue, { execute }).run('a', closing.signal)).toEqual({ again: { delayMs: 0 } });
    expect(queue.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
  });
});

describe(finishJob, () => {
  it('ends a job once, however many try', async () => {
    const queue = aQueue();
    queue.add({ callback });
    await Promise.all(['succeeded', 'cancelled', 'failed'].map((status) => finishJob(queue, 'a', status as 'failed')));
    expect(queue.log).toHaveLength(1);
    expect(queue.jobs.get('a')!.deliveries).toHaveLength(1);
  });
});

describe(deliveryDelayMs, () => {
  it('follows the schedule, a tenth more or less, and a receiver that asks for more, within a day', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7].map((attempts) => deliveryDelayMs(attempts));
    const expected = [0, 5, 300, 1800, 7200, 18_000, 36_000].map((seconds) => seconds * 1000);
    for (const [i, delay] of expected.entries()) {
      expect(delays[i]).toBeGreaterThanOrEqual(delay * 0.9);
      expect(delays[i]).toBeLessThanOrEqual(delay * 1.1);
    }
    expect(delays[7]).toBeUndefined();
    expect(deliveryDelayMs(1, 60_000)).toBe(60_000);
    expect(deliveryDelayMs(1, 1e12)).toBe(86_400_000);
    expect(jobDelayMs(100)).toBeLessThanOrEqual(66_000);
  });
});
