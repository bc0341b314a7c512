import { Logger } from '@nestjs/common';
import type { Job, JobStore } from '@frontier/durable';
import { AppError } from '@frontier/errors';
import { type CallbackResponse, type CallbackClient, webhookSecret } from '@frontier/webhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeliveryRunner } from './delivery-runner.js';

const TASK = { jobId: 'job_1', delivery: 1 };
const URL_WITH_SECRET = 'https://hooks.example/very-secret?token=secret';

/** A store of one job that has ended, whose message waits. */
function aStore(): JobStore {
  let job: Job = {
    id: 'job_1',
    version: 0,
    status: 'succeeded',
    owner: 'me',
    input: {},
    priority: 'normal',
    createdAt: 0,
    finishedAt: 0,
    expiresAt: 0,
    attempts: 1,
    callback: { url: URL_WITH_SECRET },
    deliveries: [{ status: 'pending', attempts: [] }],
  } as unknown as Job;
  const store: Pick<JobStore, 'get' | 'update'> = {
    get: async () => structuredClone(job),
    update: async (changed) => {
      job = { ...changed, version: changed.version + 1 };
      return true;
    },
  };
  return store as JobStore;
}

describe(DeliveryRunner.name, () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    for (const level of ['warn', 'error', 'log'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation(
        (line: unknown) => void lines.push(`${level}: ${String(line)}`),
      );
    }
  });
  afterEach(() => vi.restoreAllMocks());

  /** Tries as often as there are answers. */
  async function deliver(...answers: (Partial<CallbackResponse> | Error)[]): Promise<void> {
    const client = {
      post: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
    } as unknown as CallbackClient;
    const options = { client, secret: webhookSecret('0123456789abcdef'), delaysMs: [0, 5000] };
    const runner = new DeliveryRunner(aStore(), options);
    for (let left = answers.length; left > 0; left--) await runner.run(TASK, new AbortController().signal);
  }

  it('logs a callback that fails, and one that is given up', async () => {
    await deliver({ status: 500 }, new Error('connect ECONNREFUSED'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn: The callback of job_1 to hooks\.example failed \(status 500\); it is tried again in \d+ s\.$/,
      ),
      'error: The callback of job_1 to hooks.example is given up at attempt 2: connect ECONNREFUSED.',
    ]);
    expect(lines.join()).not.toContain('secret');
  });

  it('logs a callback that must not be made, or is not wanted', async () => {
    await deliver(new AppError('The address is private.', { code: 'callback_refused', status: 422 }));
    await deliver({ status: 410 });
    expect(lines).toEqual([
      'error: The callback of job_1 to hooks.example is given up at attempt 1: The address is private.',
      'warn: The callback of job_1 to hooks.example is not wanted any more (status 410).',
    ]);
  });

  it('lets messages for a target that fails wait, without an attempt', async () => {
    const store = aStore();
    let posts = 0;
    const client = {
      post: async () => {
        posts++;
        throw new Error('connect ECONNREFUSED');
      },
    } as unknown as CallbackClient;
    const delaysMs = Array.from({ length: 20 }, () => 0);
    const runner = new DeliveryRunner(store, { client, secret: webhookSecret('0123456789abcdef'), delaysMs });
    const signal = new AbortController().signal;
    for (let i = 0; i < 5; i++) await runner.run(TASK, signal);
    for (let i = 0; i < 10; i++) {
      const { retry } = await runner.run(TASK, signal);
      expect(retry!.delayMs).toBeGreaterThan(59_000);
    }
    expect([posts, (await store.get('job_1'))!.deliveries[0].attempts.length]).toEqual([5, 5]);
  });

  it('puts back what is cut off when the queue closes, and counts it as no attempt', async () => {
    const store = aStore();
    const closing = new AbortController();
    const client = {
      post: (_: string, __: object, ___: string, signal: AbortSignal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('closing')));
          closing.abort();
        }),
    } as unknown as CallbackClient;
    const runner = new DeliveryRunner(store, { client, secret: webhookSecret('0123456789abcdef') });
    expect(await runner.run(TASK, closing.signal)).toEqual({ retry: { delayMs: 0 } });
    expect((await store.get('job_1'))!.deliveries[0].attempts).toEqual([]);
  });

  it('keeps a bounded part of what a receiver has to say', async () => {
    const store = aStore();
    const client = { post: () => Promise.reject(new Error('name '.repeat(10_000))) } as unknown as CallbackClient;
    await new DeliveryRunner(store, { client, secret: webhookSecret('0123456789abcdef') }).run(
      TASK,
      new AbortController().signal,
    );
    expect((await store.get('job_1'))!.deliveries[0].attempts[0].error!.length).toBeLessThanOrEqual(300);
  });

  it('logs nothing of one that is delivered', async () => {
    await deliver({ status: 204 });
    expect(lines).toEqual([]);
  });
});
