import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SAMPLING_PARAMS } from '../sampler/sampling-params.js';
import { Sequence } from '../sequence/sequence.js';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import type { ChunkOptions } from './prefill-chunks.js';
import { PrefillPlanner } from './prefill-planner.js';
import { completes, type PrefillStep } from './step.js';

const OPTIONS: ChunkOptions = {
  chunkTokens: 8,
  idleChunkTokens: 64,
  attentionCrossoverTokens: 100,
  shortPromptTokens: 0,
  stages: 8,
};

function aSequence(promptTokens: number): Sequence {
  return new Sequence({
    id: 's',
    index: 0,
    priority: 'normal',
    caller: '',
    promptTokens: new Int32Array(promptTokens),
    params: DEFAULT_SAMPLING_PARAMS,
    vocabulary: byteVocabulary,
    eosTokenIds: [],
    contextLength: 4096,
    queuedAt: 0,
  });
}

/** What a scheduler notes of a step. */
function advance(sequence: Sequence, step: PrefillStep): void {
  sequence.prefilled = completes(step) ? step.to : step.from;
  sequence.piece = completes(step) ? undefined : { to: step.to, stages: step.stages.to };
}

describe(PrefillPlanner.name, () => {
  it('computes each stage of each token once, in order, and takes no more than the room', () => {
    const anyRoom = fc.oneof(fc.constant(undefined), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom(1, 2, 30),
        fc.constantFrom(0, 64),
        fc.infiniteStream(anyRoom),
        (tokens, stages, shortPromptTokens, rooms) => {
          const options = { ...OPTIONS, stages, shortPromptTokens };
          const planner = new PrefillPlanner(options, undefined);
          const sequence = aSequence(tokens);
          let [prefilled, computed, end] = [0, 0, 0];
          while (sequence.prefilled < tokens) {
            const room = rooms.next().value as number | undefined;
            const step = planner.next(sequence, room);
            if (!step) {
              expect(room).toBeLessThan(1);
              continue;
            }
            expect([step.from, step.stages.from]).toEqual([prefilled, computed]);
            if (computed > 0) expect(step.to).toBe(end);
            expect(step.stages.to).toBeGreaterThan(step.stages.from);
            const isLeast = room === 1 && step.stages.to - step.stages.from === 1;
            if (room !== undefined && !isLeast) expect(planner.shareOf(step)).toBeLessThanOrEqual(room + 1e-6);
            advance(sequence, step);
            [prefilled, computed, end] = completes(step) ? [step.to, 0, 0] : [step.from, step.stages.to, step.to];
          }
          expect(prefilled).toBe(tokens);
        },
      ),
    );
  });

  it('begins no pass for a few stages in what is left of a chunk, but completes a piece there', () => {
    const planner = new PrefillPlanner(OPTIONS, undefined);
    const sequence = aSequence(32);
    expect(planner.next(sequence, 0.24)).toBeUndefined();
    expect(planner.next(sequence, 0.5)!.stages).toEqual({ from: 0, to: 1, all: 8 });
    advance(sequence, { ...planner.next(sequence, 1)!, stages: { from: 0, to: 7, all: 8 } });
    expect(planner.next(sequence, 0.5)!.stages).toEqual({ from: 7, to: 8, all: 8 });
    expect(planner.next(sequence, 0.4)).toBeUndefined();
  });
});
