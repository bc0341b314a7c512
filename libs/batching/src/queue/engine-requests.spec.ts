import { DEFAULT_SAMPLING_PARAMS, Engine, type EngineCommand, PRIORITIES, type StepReport } from '@frontier/engine';
import { byteVocabulary, FakeModelRunner } from '@frontier/engine/testing';
import { type AppError, isAppError } from '@frontier/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineRequests } from './engine-requests.js';
import type { Generation } from '../generation/generation.js';
import { createDeadline } from '../generation/deadline.js';
import type { PendingRequests } from './pending-requests.js';

const QUEUE = { maxRequests: 12, maxTokens: 400, timeoutMs: 60_000 };
const CALLERS = ['a', 'b', 'c'];

/** The requests of a model whose engine runs in this process, on a model that is none. */
class InProcess {
  readonly requests: EngineRequests;
  readonly engine: Engine;
  /** Tokens that the engine has computed, by request. */
  readonly computed = new Map<string, number>();
  private readonly cancelled: string[] = [];
  private readonly prompts = new Map<string, number>();

  constructor() {
    const runner = new FakeModelRunner({ maxBatchSize: 4, contextLength: 64 });
    const model = { runner, vocabulary: byteVocabulary, eosTokenIds: [] };
    this.engine = new Engine(model, { maxWaiting: 100, prefillChunkTokens: 8 });
    this.requests = new EngineRequests({ name: 'm', maxBatchSize: 4, queue: QUEUE, requestTimeoutMs: 60_000 });
    this.requests.attach({ send: (command) => this.take(command) });
  }

  async step(): Promise<void> {
    const running = this.engine.step();
    // Messages come while a pass runs.
    for (const id of this.cancelled.splice(0)) this.engine.cancel(id, () => this.requests.onRemoved(id));
    const report = await running;
    if (!report) return;
    this.count(report);
    this.requests.onStep(report);
    // Those who follow have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private take(command: EngineCommand): void {
    if (command.type === 'submit') {
      try {
        this.engine.add(command.request);
      } catch (error) {
        this.requests.onRejected(command.request.id, (error as AppError).serialize());
      }
    } else if (command.type === 'cancel') this.cancelled.push(command.id);
  }

  private count({ prefilled, outputs }: StepReport): void {
    if (prefilled) {
      const { id, promptTokens } = prefilled;
      this.add(id, promptTokens - (this.prompts.get(id) ?? 0));
      this.prompts.set(id, promptTokens);
    }
    for (const { id } of outputs) this.add(id, 1);
  }

  private add(id: string, tokens: number): void {
    this.computed.set(id, (this.computed.get(id) ?? 0) + tokens);
  }
}

const action = fc.record({
  caller: fc.constantFrom(...CALLERS),
  promptTokens: fc.integer({ min: 1, max: 40 }),
  maxNewTokens: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(9e15, 1.7e308)),
  n: fc.constantFrom(1, 1, 1, 2, 4),
  priority: fc.constantFrom(...PRIORITIES),
  /** Passes after which the caller leaves. */
  leavesAfter: fc.option(fc.nat({ max: 12 })),
  /** Passes until the next one comes. */
  pauses: fc.nat({ max: 2 }),
});

describe(EngineRequests, () => {
  it('gives nobody more than a share of the queue, charges what was computed, and ends with all budgets at zero', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 40 }), async (actions) => {
        const model = new InProcess();
        const { requests, engine, computed } = model;
        const pending = Reflect.get(requests, 'pending') as PendingRequests;
        const followed: { caller: string; generation: Generation; leave: AbortController; leaveAt: number }[] = [];
        let passes = 0;
        const pass = async (): Promise<void> => {
          passes++;
          for (const { leave, leaveAt } of followed) if (leaveAt === passes) leave.abort();
          await model.step();
        };
        for (const { caller, promptTokens, maxNewTokens, n, priority, leavesAfter, pauses } of actions) {
          const prompt = new Int32Array(promptTokens).fill(7);
          const params = { ...DEFAULT_SAMPLING_PARAMS, maxNewTokens, temperature: 0, ignoreEos: true };
          const request = { prompt, params, n, priority, caller };
          const cost = requests.estimateCost({ promptTokens, maxNewTokens, n, caller }, 64);
          const before = { answers: pending.answers.usedBy(caller), tokens: pending.tokens.usedBy(caller) };
          try {
            const generation = requests.start(request, cost, createDeadline());
            const leave = new AbortController();
            const leaveAt = leavesAfter === null ? Infinity : passes + 1 + leavesAfter;
            followed.push({ caller, generation, leave, leaveAt });
            void read(generation, leave.signal);
          } catch (error) {
            if (!isAppError(error) || error.code !== 'overloaded') throw error;
            const overAnswers = before.answers + n > pending.answers.shareOf(caller);
            const overTokens = before.tokens + cost.maxTokens > pending.tokens.shareOf(caller);
            expect(overAnswers || overTokens).toBe(true);
            expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
          }
          expect(pending.answers.used).toBeLessThan(2 * QUEUE.maxRequests + 4);
          expect(Number.isFinite(pending.tokens.used)).toBe(true);
          for (let i = 0; i < pauses; i++) await pass();
        }
        for (let i = 0; engine.hasWork; i++) {
          if (i > 5000) throw new Error('It does not come to an end.');
          await pass();
        }
        let charged = 0;
        for (const { generation } of followed) {
          const { promptTokens, completionTokens } = await generation.usage();
          charged += promptTokens + completionTokens;
        }
        expect(charged).toBe([...computed.values()].reduce((sum, tokens) => sum + tokens, 0));
        expect([requests.waiting, requests.unfinished, pending.answers.callers]).toEqual([0, 0, 0]);
        expect([pending.tokens.used, (Reflect.get(requests, 'leaving') as Map<string, unknown>).size]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Follows an answer until it ends, or the caller has left. */
async function read(generation: Generation, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of generation.subscribe(signal));
  } catch {
    // It failed, or was left.
  }
}
