import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SAMPLING_PARAMS } from '../sampler/sampling-params.js';
import { byteTokenizer } from '../testing/byte-tokenizer.js';
import { Scheduler } from './scheduler.js';
import { Sequence } from '../sequence.js';

let ids = 0;
function aSequence({ promptTokens = 4, maxNewTokens = 4 } = {}): Sequence {
  return new Sequence({
    id: `s${ids++}`,
    promptTokens: new Int32Array(promptTokens),
    params: { ...DEFAULT_SAMPLING_PARAMS, maxNewTokens },
    tokenizer: byteTokenizer,
    eosTokenIds: [],
    contextLength: 64,
    queuedAt: 0,
  });
}

describe(Scheduler.name, () => {
  it('refuses a chunk size that could leave one token', () => {
    const options = { maxBatchSize: 1, maxWaiting: 1, prefillChunkTokens: 2, maxCacheTokens: 64 };
    expect(() => new Scheduler(options)).toThrow(/at least 3/);
  });

  it('fills the gap of a sequence that leaves with the last one, and moves the one in prefill up', () => {
    const scheduler = new Scheduler({ maxBatchSize: 4, maxWaiting: 8, prefillChunkTokens: 4, maxCacheTokens: 999 });
    const [a, b, c, d] = [aSequence(), aSequence(), aSequence(), aSequence({ promptTokens: 9 })];
    for (const sequence of [a, b, c]) {
      scheduler.add(sequence);
      while (sequence.prefilled === 0) {
        const step = scheduler.schedule();
        if (step?.kind === 'prefill') scheduler.completePrefill(step);
      }
    }
    scheduler.add(d);
    while (scheduler.schedule()?.kind !== 'prefill');
    scheduler.completePrefill({ kind: 'prefill', sequence: d, slot: 3, from: 0, to: 4 });
    expect(scheduler.remove(a)).toEqual({
      freed: 0,
      moves: [
        { from: 2, to: 0 },
        { from: 3, to: 2 },
      ],
    });
    expect(scheduler.schedule()).toEqual({ kind: 'decode', sequences: [c, b] });
  });

  it('keeps its books over random arrivals, ends and cancellations, and starves nobody', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        promptTokens: fc.integer({ min: 1, max: 30 }),
        maxNewTokens: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('step' as const) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const scheduler = new Scheduler({
          maxBatchSize: 3,
          maxWaiting: 1000,
          prefillChunkTokens: 5,
          maxCacheTokens: 60,
        });
        const alive = new Map<Sequence, number>();
        let prefillTokens = 0;
        const step = (): void => {
          const next = scheduler.schedule();
          scheduler.checkIntegrity();
          if (next?.kind === 'prefill') {
            if (next.slot > 0) prefillTokens += next.to - next.from;
            scheduler.completePrefill(next);
          } else if (next) {
            expect(prefillTokens).toBeLessThanOrEqual(5);
            prefillTokens = 0;
            for (const sequence of next.sequences.slice()) {
              const left = alive.get(sequence)! - 1;
              alive.set(sequence, left);
              if (left === 0) remove(sequence);
            }
          }
        };
        const remove = (sequence: Sequence): void => {
          scheduler.remove(sequence);
          alive.delete(sequence);
          if (scheduler.running === 0) prefillTokens = 0;
          scheduler.checkIntegrity();
        };
        for (const taken of actions) {
          if (taken.kind === 'add') {
            const sequence = aSequence(taken);
            scheduler.add(sequence);
            alive.set(sequence, taken.maxNewTokens);
          } else if (taken.kind === 'remove') {
            const sequence = [...alive.keys()][taken.pick % Math.max(1, alive.size)];
            if (sequence) remove(sequence);
          } else step();
        }
        for (let steps = 0; alive.size > 0; steps++) {
          expect(steps).toBeLessThan(10_000);
          step();
        }
        expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
      }),
    );
  });
});
