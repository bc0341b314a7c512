import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Attachment,
  type AttachmentKind,
  type DurableStorage,
  encodeTask,
  type Job,
  type JobEvent,
  type JobState,
  jobsUnavailable,
  type OwnerLimits,
  type QueueName,
  sizeOf,
  type Tasks,
} from '@frontier/durable';
import { AppError } from '@frontier/errors';
import { AttachedOutput } from './job-attachments.js';
import { changeJob, finishJob } from './job-changes.js';
import { JobRunner } from './job-runner.js';
import { deliveryDelayMs, jobDelayMs, MAX_JOB_ATTEMPTS } from './schedule/retry-schedule.js';

const tooMany = new AppError('full', { code: 'rate_limit_exceeded', status: 429, retryable: true });

/** Keeps jobs in memory, with the versions of a real storage. */
class MemoryStorage {
  readonly jobs = new Map<string, Job>();
  readonly tasks: string[] = [];
  readonly log: string[] = [];
  readonly attachments: Partial<Record<AttachmentKind, Attachment>> = {};

  add(changes: Partial<Job> = {}): Job {
    const job: Job = {
      id: 'a',
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

  async part(_: string, kind: AttachmentKind, index: number): Promise<Uint8Array | undefined> {
    return this.attachments[kind]?.[index];
  }

  async update(job: Job, event?: Omit<JobEvent, 'id'>, output?: Attachment, limits?: OwnerLimits): Promise<boolean> {
    if (output && sizeOf(output).bytes > limits!.bytes) throw tooMany;
    if (output) this.attachments.output = output;
    if (this.jobs.get(job.id)?.version !== job.version) return false;
    this.jobs.set(job.id, { ...structuredClone(job), version: job.version + 1 });
    if (event) this.log.push(event.status);
    return true;
  }

  async enqueue<Q extends QueueName>(queue: Q, task: Tasks[Q]): Promise<void> {
    this.tasks.push(`${queue} ${encodeTask(task)}`);
  }
}

const aStorage = (): MemoryStorage & DurableStorage => new MemoryStorage() as unknown as MemoryStorage & DurableStorage;
/** The task of the job's first run. */
const TASK = { jobId: 'a' };
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

  it('logs why a job failed, with the reason that its caller does not see', async () => {
    const storage = aStorage();
    storage.add();
    const executor = {
      execute: async () => {
        throw new Error('the inner reason');
      },
    };
    await new JobRunner(storage, executor).run(TASK, signal());
    expect(storage.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
    expect(storage.jobs.get('a')!.error!.message).not.toContain('inner');
    expect(lines).toEqual([
      'error: a: the inner reason',
      expect.stringMatching(/^warn: a failed at attempt 1: internal_error: /),
    ]);
  });

  it('keeps the output of the executor, and enqueues a message before the task is done', async () => {
    const storage = aStorage();
    storage.add({ callback });
    expect(await new JobRunner(storage, { execute: async () => ({ output: 'x' }) }).run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({ status: 'succeeded', output: { output: 'x' }, attempts: 1 });
    expect([storage.log, storage.tasks]).toEqual([['running', 'succeeded'], ['deliveries a:1']]);
  });

  const attached = async (): Promise<AttachedOutput> =>
    AttachedOutput.of(
      { usage: 1 },
      (async function* () {
        yield Buffer.from('{"a":');
        yield Buffer.from('1}');
      })(),
    );

  it('hands the attachment of a job to the executor, and keeps that of its output', async () => {
    const storage = aStorage();
    storage.attachments.input = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    storage.add({ attachments: { input: { parts: 2, bytes: 3 } } });
    let input: Uint8Array | undefined;
    const executor = {
      execute: (_: unknown, __: AbortSignal, attachment?: Uint8Array) => ((input = attachment), attached()),
    };
    await new JobRunner(storage, executor).run(TASK, signal());
    expect([...input!]).toEqual([1, 2, 3]);
    expect(storage.jobs.get('a')).toMatchObject({
      status: 'succeeded',
      output: { usage: 1 },
      attachments: { input: { parts: 2, bytes: 3 }, output: { parts: 1, bytes: 7 } },
    });
    expect(Buffer.concat(storage.attachments.output!).toString()).toBe('{"a":1}');
  });

  it('fails a job whose owner has no room for its output, and computes nothing again', async () => {
    const storage = aStorage();
    storage.add();
    const runner = new JobRunner(storage, { execute: attached }, { open: 1, bytes: 6 });
    expect(await runner.run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'job_output_too_large', message: expect.stringMatching(/those of one caller/) },
    });
    expect(storage.jobs.get('a')!.attachments?.output).toBeUndefined();
  });

  it('enqueues the message of a job that ended, where its process could not', async () => {
    const storage = aStorage();
    storage.add({ callback, status: 'succeeded', deliveries: [{ status: 'pending', attempts: [] }] });
    const executor = { execute: () => Promise.reject(new Error('not again')) };
    expect(await new JobRunner(storage, executor).run(TASK, signal())).toEqual({});
    expect(storage.tasks).toEqual(['deliveries a:1']);
  });

  it('enqueues a message later, where it had no place when the job ended', async () => {
    const storage = aStorage();
    storage.add({ callback });
    const enqueue = storage.enqueue.bind(storage);
    storage.enqueue = () => Promise.reject(new Error('full'));
    const runner = new JobRunner(storage, { execute: async () => ({}) });
    await expect(runner.run(TASK, signal())).rejects.toThrow('full');
    storage.enqueue = enqueue;
    expect(await runner.run(TASK, signal())).toEqual({});
    expect([storage.jobs.get('a')!.status, storage.tasks]).toEqual(['succeeded', ['deliveries a:1']]);
  });

  it('leaves tasks of other runs of the job alone', async () => {
    const storage = aStorage();
    storage.add({ run: 4 });
    const ran: string[] = [];
    const runner = new JobRunner(storage, { execute: async () => ran.push('ran') });
    expect([await runner.run(TASK, signal()), ran]).toEqual([{}, []]);
    await runner.run({ jobId: 'a', run: 4 }, signal());
    expect([ran, storage.jobs.get('a')!.status]).toEqual([['ran'], 'succeeded']);
    expect(await runner.run({ jobId: 'nobody' }, signal())).toEqual({});
  });

  it('tries again what can pass, longer each time, and gives up after a while', async () => {
    const storage = aStorage();
    storage.add();
    const runner = new JobRunner(storage, { execute: () => Promise.reject(fault('engine_error', true)) });
    const delays: number[] = [];
    for (let i = 1; i < MAX_JOB_ATTEMPTS; i++) delays.push((await runner.run(TASK, signal())).retry!.delayMs);
    expect(delays.every((delay, i) => i === 0 || delay > delays[i - 1])).toBe(true);
    expect(await runner.run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({
      status: 'failed',
      attempts: MAX_JOB_ATTEMPTS,
      error: { code: 'engine_error' },
    });
  });

  it('fails at once what cannot pass, and does not count what is not its fault', async () => {
    const storage = aStorage();
    storage.add();
    const waiting = new JobRunner(storage, { execute: () => Promise.reject(fault('overloaded', true)) });
    for (let i = 0; i < 20; i++) expect((await waiting.run(TASK, signal())).retry).toBeDefined();
    expect(storage.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
    await new JobRunner(storage, { execute: () => Promise.reject(new Error('a bug')) }).run(TASK, signal());
    expect(storage.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
  });

  it('fails what its caller can never be admitted for, and lets wait what may be later, as long as the limiter says', async () => {
    const storage = aStorage();
    storage.add();
    const limited = (retryAfterMs?: number): AppError =>
      new AppError('Your limit is reached.', {
        code: 'rate_limit_exceeded',
        status: 429,
        retryable: retryAfterMs !== undefined,
        retryAfterMs,
      });
    const later = new JobRunner(storage, { execute: () => Promise.reject(limited(42_000)) });
    expect(await later.run(TASK, signal())).toEqual({ retry: { delayMs: 42_000 } });
    expect(storage.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
    const never = new JobRunner(storage, { execute: () => Promise.reject(limited()) });
    expect(await never.run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'rate_limit_exceeded' } });
  });

  it('computes nothing again because the storage was away when the job had ended', async () => {
    const storage = aStorage();
    storage.add();
    let runs = 0;
    const update = storage.update.bind(storage);
    let faults = 1;
    storage.update = async (job, event) => {
      if (job.status === 'succeeded' && faults-- > 0) throw jobsUnavailable(new Error('locked'));
      return update(job, event);
    };
    const runner = new JobRunner(storage, { execute: async () => ({ output: `run ${++runs}` }) });
    expect(await runner.run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({ status: 'succeeded', output: { output: 'run 1' } });
    expect(runs).toBe(1);
  });

  it('makes no list of the deferrals of a job that is put back for days', async () => {
    const storage = aStorage();
    storage.add();
    const waiting = new JobRunner(storage, { execute: () => Promise.reject(fault('overloaded', true)) });
    for (let i = 0; i < 500; i++) await waiting.run(TASK, signal());
    expect(storage.log.length).toBeLessThan(50);
    await new JobRunner(storage, { execute: async () => ({}) }).run(TASK, signal());
    expect(storage.log.at(-1)).toBe('succeeded');
  });

  it('gives a job up that was begun again and again, and whose process ended each time', async () => {
    const storage = aStorage();
    storage.add({ status: 'running', attempts: MAX_JOB_ATTEMPTS });
    const executor = { execute: () => Promise.reject(new Error('not again')) };
    expect(await new JobRunner(storage, executor).run(TASK, signal())).toEqual({});
    expect(storage.jobs.get('a')).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
  });

  it('ends what is cancelled or expires while it runs, whatever the executor makes of it', async () => {
    for (const [changes, status] of [
      [{ isCancelling: true }, 'cancelled'],
      [{ expiresAt: 0 }, 'expired'],
    ] as const) {
      const storage = aStorage();
      storage.add();
      const execute = async (): Promise<never> => {
        await changeJob(storage, 'a', () => ({ changes }));
        throw fault('request_aborted', false);
      };
      await new JobRunner(storage, { execute }).run(TASK, signal());
      expect(storage.jobs.get('a')!.status).toBe(status);
    }
  });

  it('ends a job that another process was asked to cancel, and reads no document to find out', async () => {
    const storage = aStorage();
    storage.add();
    let reads = 0;
    const get = storage.get.bind(storage);
    storage.get = (id) => (reads++, get(id));
    const execute = (_: unknown, aborted: AbortSignal): Promise<never> => {
      void changeJob(storage, 'a', () => ({ changes: { isCancelling: true } })).then(() => (reads = 0));
      return new Promise((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason)));
    };
    await new JobRunner(storage, { execute }).run(TASK, signal());
    expect(storage.jobs.get('a')!.status).toBe('cancelled');
    // Those that end it.
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('puts back what it has when the queue closes', async () => {
    const storage = aStorage();
    storage.add();
    const closing = new AbortController();
    const execute = async (_: unknown, aborted: AbortSignal): Promise<never> => {
      closing.abort(new Error('closing'));
      aborted.throwIfAborted();
      throw new Error('unreachable');
    };
    expect(await new JobRunner(storage, { execute }).run(TASK, closing.signal)).toEqual({ retry: { delayMs: 0 } });
    expect(storage.jobs.get('a')).toMatchObject({ status: 'queued', attempts: 0 });
  });
});

describe(finishJob, () => {
  it('ends a job once, however many try', async () => {
    const storage = aStorage();
    storage.add({ callback });
    await Promise.all(
      ['succeeded', 'cancelled', 'failed'].map((status) => finishJob(storage, 'a', status as 'failed')),
    );
    expect(storage.log).toHaveLength(1);
    expect(storage.jobs.get('a')!.deliveries).toHaveLength(1);
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
