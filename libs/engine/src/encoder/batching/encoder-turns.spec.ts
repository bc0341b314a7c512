import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEncoderRunner } from '../../testing/fake-encoder-runner.js';
import { EncoderOutputs } from '../chain/encoder-outputs.js';
import type { EncoderRequest } from '../encoder-types.js';
import { EncoderEngine } from './encoder-engine.js';
import { PassBudget } from './pass-budget.js';

const MEAN = new EncoderOutputs('vector', { pooling: ['mean'], includesPrompt: true, steps: [] }, 2);
const MAX_TOKENS = 512;
const PASS_MS = 30;
const TOKENS_PER_MS = 20;
/** Texts of the large request. */
const MANY = 2048;

interface Single {
  /** The pass during which it comes, from 1 on. */
  comesIn: number;
  length: number;
  caller: string;
}

const lengths = fc.integer({ min: 1, max: MAX_TOKENS });
const singles = fc.array(
  fc.record({ comesIn: fc.integer({ min: 1, max: 40 }), length: lengths, caller: fc.constantFrom('many', 'other') }),
  { minLength: 1, maxLength: 8 },
);

describe('turns of texts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  /** Works on a request of thousands, and on single ones that come one after the other; returns the passes, as tokens by request. */
  async function passesOf(largeLengths: readonly number[], alone: readonly Single[]) {
    const runner = new FakeEncoderRunner();
    const model = { runner, outputs: MEAN, vocabSize: 100, typeVocabSize: 0, maxTokens: MAX_TOKENS };
    const engine = new EncoderEngine(model, { maxBatchSize: 32, flushTimeoutMs: 20, passMs: PASS_MS });
    const add = (id: string, caller: string, all: readonly number[]): void => {
      const inputs = all.map((length) => ({ tokens: new Int32Array(length) }));
      engine.add({ id, caller, inputs, output: 'vector' } satisfies EncoderRequest);
    };
    const comes: [number, () => void][] = alone.map(({ comesIn, length, caller }, i) => [
      comesIn,
      () => add(`single ${i}`, caller, [length]),
    ]);
    runner.onPass = (inputs) => {
      for (const [pass, come] of comes) if (pass === runner.batches.length) come();
      vi.advanceTimersByTime(inputs.reduce((sum, { tokens }) => sum + tokens.length, 0) / TOKENS_PER_MS);
    };
    add(
      'large',
      'many',
      Array.from({ length: MANY }, (_, i) => largeLengths[i % largeLengths.length]),
    );
    const passes: { requests: Set<string>; rows: number; tokens: number; passMs: number }[] = [];
    while (engine.hasWork) {
      vi.advanceTimersByTime(Math.max(0, engine.nextStepAt! - performance.now()));
      const { items, rows, tokens, passMs } = (await engine.step())!;
      passes.push({ requests: new Set(items.map(({ requestId }) => requestId)), rows, tokens, passMs });
    }
    return passes;
  }

  it('let a single text wait for two passes at most beside a request of 2,048, each bounded by time', async () => {
    const many = fc.array(lengths, { minLength: 1, maxLength: 16 });
    // One single text at a time: of several, each has the others before it as well.
    const one = singles.map(([single]) => single);
    await fc.assert(
      fc.asyncProperty(many, one, async (largeLengths, single) => {
        const passes = await passesOf(largeLengths, [single]);
        const at = passes.findIndex(({ requests }) => requests.has('single 0')) + 1;
        // The pass that runs when it comes, one more at most, and its own.
        expect(at - single.comesIn).toBeLessThanOrEqual(2);
        const first = new PassBudget(PASS_MS).tokens;
        for (const [i, { rows, tokens, passMs }] of passes.entries()) {
          expect(rows === 1 || (i === 0 ? tokens <= first : passMs < PASS_MS + 0.1)).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('let no single text wait until a request of 2,048 has ended, however many come', async () => {
    await fc.assert(
      fc.asyncProperty(singles, async (alone) => {
        const passes = await passesOf([16], alone);
        for (const [i, { comesIn }] of alone.entries()) {
          const at = passes.findIndex(({ requests }) => requests.has(`single ${i}`)) + 1;
          expect(at - comesIn).toBeLessThanOrEqual(1 + alone.length);
        }
      }),
      { numRuns: 10 },
    );
  });
});
