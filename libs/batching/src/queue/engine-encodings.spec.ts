import { type EncoderItem, type EncoderRequest, type EngineCommand, PRIORITIES } from '@frontier/engine';
import { isAppError } from '@frontier/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeadline } from '../generation/deadline.js';
import type { Encoding } from '../generation/encoding.js';
import { EngineRequests } from './engine-requests.js';
import type { PendingRequests } from './pending-requests.js';

const QUEUE = { maxRequests: 8, maxTokens: 200, timeoutMs: 60_000 };
const BATCH = 4;
const CALLERS = ['a', 'b', 'c'];

/** An encoder that computes any of the inputs that it has, in passes of at most four. */
class ScriptedPasses {
  readonly requests = new EngineRequests({ name: 'm', maxBatchSize: BATCH, queue: QUEUE, requestTimeoutMs: 60_000 });
  /** Tokens that were computed, by request. */
  readonly computed = new Map<string, number>();
  private readonly waiting = new Map<string, { request: EncoderRequest; left: number[] }>();
  private readonly cancelled: string[] = [];

  constructor() {
    this.requests.attach({ send: (command) => this.take(command) });
  }

  get hasWork(): boolean {
    return this.waiting.size > 0 || this.cancelled.length > 0;
  }

  /** @param choices which of the inputs are computed next */
  async pass(choices: () => number): Promise<void> {
    const items: EncoderItem[] = [];
    // A request that is cancelled while the pass runs has been computed in it.
    for (let row = 0; row < BATCH && this.waiting.size > 0; row++) {
      const ids = [...this.waiting.keys()];
      const { request, left } = this.waiting.get(ids[choices() % ids.length])!;
      const [index] = left.splice(choices() % left.length, 1);
      if (left.length === 0) this.waiting.delete(request.id);
      const tokens = request.inputs[index].tokens.length;
      this.computed.set(request.id, (this.computed.get(request.id) ?? 0) + tokens);
      const isWanted = !this.cancelled.includes(request.id) || choices() % 2 === 0;
      items.push({ requestId: request.id, index, ...(isWanted && { values: Float32Array.of(index) }) });
    }
    const tokens = items.length;
    this.requests.onEncoded({ items, rows: items.length, tokens, paddedTokens: tokens, passMs: 1, queued: 0 });
    for (const id of this.cancelled.splice(0)) {
      this.waiting.delete(id);
      this.requests.onRemoved(id);
    }
    // Those who follow have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private take(command: EngineCommand): void {
    if (command.type === 'encode') {
      const { request } = command;
      this.waiting.set(request.id, { request, left: [...request.inputs.keys()] });
    } else if (command.type === 'cancel') {
      this.cancelled.push(command.id);
    }
  }
}

const action = fc.record({
  caller: fc.constantFrom(...CALLERS),
  lengths: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 30 }),
  priority: fc.constantFrom(...PRIORITIES),
  /** Passes after which the caller leaves. */
  leavesAfter: fc.option(fc.nat({ max: 8 })),
  /** Passes until the next one comes. */
  pauses: fc.nat({ max: 3 }),
});

describe(EngineRequests, () => {
  it('gives encoders the same shares, charges what was computed, and ends with all budgets at zero', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 30 }), fc.gen(), async (actions, gen) => {
        const model = new ScriptedPasses();
        const { requests } = model;
        const pending = Reflect.get(requests, 'pending') as PendingRequests;
        const followed: {
          encoding: Encoding;
          items: Promise<number[] | undefined>;
          leave: AbortController;
          leaveAt: number;
          rows: number;
        }[] = [];
        let passes = 0;
        const pass = async (): Promise<void> => {
          passes++;
          for (const { leave, leaveAt } of followed) if (leaveAt === passes) leave.abort();
          await model.pass(() => gen(fc.nat));
        };
        for (const { caller, lengths, priority, leavesAfter, pauses } of actions) {
          const inputs = lengths.map((length) => ({ tokens: new Int32Array(length) }));
          const tokens = lengths.reduce((a, b) => a + b);
          const request = { inputs, output: 'vector', caller, priority } as const;
          const cost = requests.encodingCost({ ...request, inputs }, tokens);
          const before = { answers: pending.answers.usedBy(caller), tokens: pending.tokens.usedBy(caller) };
          try {
            const encoding = requests.encode({ ...request, inputs }, cost, createDeadline());
            const leave = new AbortController();
            const leaveAt = leavesAfter === null ? Infinity : passes + 1 + leavesAfter;
            followed.push({ encoding, items: read(encoding, leave.signal), leave, leaveAt, rows: inputs.length });
          } catch (error) {
            if (!isAppError(error) || error.code !== 'overloaded') throw error;
            const overAnswers = before.answers + cost.answers > pending.answers.shareOf(caller);
            const overTokens = before.tokens + tokens > pending.tokens.shareOf(caller);
            expect(overAnswers || overTokens).toBe(true);
          }
          for (let i = 0; i < pauses; i++) await pass();
        }
        for (let i = 0; model.hasWork; i++) {
          if (i > 2000) throw new Error('It does not come to an end.');
          await pass();
        }
        let charged = 0;
        for (const { encoding, items, leaveAt, rows } of followed) {
          charged += (await encoding.usage()).promptTokens;
          const indexes = await items;
          if (leaveAt === Infinity) expect(indexes).toEqual(Array.from({ length: rows }, (_, i) => i));
        }
        expect(charged).toBe([...model.computed.values()].reduce((a, b) => a + b, 0));
        expect([requests.waiting, requests.unfinished, pending.answers.callers, pending.tokens.used]).toEqual([
          0, 0, 0, 0,
        ]);
        expect((Reflect.get(requests, 'leaving') as Map<string, unknown>).size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

/** The inputs that have results, in their order; `undefined` where the caller has left. */
async function read(encoding: Encoding, signal: AbortSignal): Promise<number[] | undefined> {
  const seen: number[] = [];
  try {
    for await (const { index, values } of encoding.subscribe(signal)) {
      expect(values[0]).toBe(index);
      seen.push(index);
    }
  } catch {
    return undefined;
  }
  return seen.toSorted((a, b) => a - b);
}
