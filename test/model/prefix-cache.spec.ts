import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, type GenerationRequest, loadModel, type LoadedModel, type ModelOptions } from '@frontier/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPORTS } from '../support/golden-exports.ts';
import { goldenFamilies, writeGoldenFamily } from '../support/golden-families.ts';
import { writeRandomModel } from '../support/random-model.ts';

/** Random arrivals of each model and precision. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 6);

const folder = mkdtempSync(join(tmpdir(), 'frontier-prefixes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Heads of 64, 128 and 256 elements, whose products ONNX Runtime cuts otherwise, and windows. */
const SHAPE = {
  vocab_size: 320,
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  intermediate_size: 512,
  max_position_embeddings: 1024,
};
const GEMMA = goldenFamilies().find(({ name }) => name.includes('windows by pattern'))!;

function modelsOf(): Record<string, { path: string; vocabSize: number; contextLength: number }> {
  const paths = ['narrow', 'wide', 'windows', 'widest'].map((name) => join(folder, name));
  writeRandomModel(paths[0], SHAPE, { format: 'F32' });
  writeRandomModel(paths[1], { ...SHAPE, head_dim: 128 }, { format: 'F32' });
  writeGoldenFamily(paths[2], GEMMA);
  writeRandomModel(paths[3], { ...SHAPE, head_dim: 256 }, { format: 'F32' });
  return {
    'heads of 64': { path: paths[0], vocabSize: 320, contextLength: 1024 },
    'heads of 128': { path: paths[1], vocabSize: 320, contextLength: 1024 },
    'heads of 256': { path: paths[3], vocabSize: 320, contextLength: 1024 },
    windows: { path: paths[2], vocabSize: 320, contextLength: 128 },
  };
}

const MODELS = modelsOf();
/** Lengths around whole tiles of attention, for tiles of any power of two. */
const LENGTHS = [2, 17, 33, 65, 66, 129, 145, 193, 200, 257, 300, 513];

/** Pieces that the scheduler makes: without a row that is computed alone. */
const isAllowed = (tokens: number): boolean => tokens >= 2 && tokens % 128 !== 1;

const VARIANTS = {
  fp32: { precision: 'fp32' },
  int8: { precision: 'int8' },
  int4: { precision: 'int4' },
  'int4 for prompts too': { precision: 'int4', prefillPrecision: 'int4' },
} as const;
const EXPORT = { path: join(EXPORTS, 'llama-wide'), vocabSize: 96, contextLength: 128 };

type Case = [
  name: string,
  variant: string,
  subject: typeof EXPORT,
  options: Omit<ModelOptions, 'path' | 'maxBatchSize'>,
];
const cases: Case[] = [
  ...Object.entries(MODELS).flatMap(([name, subject]) =>
    Object.entries(VARIANTS).map(([variant, options]): Case => [name, variant, subject, options]),
  ),
  ...(['fp32', 'q8', 'q4'] as const).map((dtype): Case => ['an ONNX file', dtype, EXPORT, { dtype }]),
];

describe.each(cases)(
  'a prompt to a model with %s in %s',
  (_name, _variant, { path, vocabSize, contextLength }, options) => {
    const lengths = LENGTHS.filter((length) => length < contextLength - 8);
    const longest = lengths.at(-1)!;
    const story = Int32Array.from({ length: longest }, (_, i) => 3 + ((i * 7919) % (vocabSize - 3)));
    let model: LoadedModel;
    beforeAll(async () => {
      model = await loadModel({ path, maxBatchSize: 8, contextLength, ...options });
    });
    afterAll(() => model.runner.release());

    it('has the same logits in whatever pieces', async () => {
      const { runner } = model;
      const logits = async (length: number, cuts: readonly number[]): Promise<Float32Array> => {
        let last: Float32Array | undefined;
        let from = 0;
        for (const to of [...cuts, length]) {
          ({ logits: last } = await runner.prefill(0, story.subarray(from, to), length));
          from = to;
        }
        const copy = last!.slice();
        runner.free(0);
        return copy;
      };
      for (const length of lengths.filter((each) => each > 16)) {
        const whole = await logits(length, isAllowed(length) ? [] : [length - 2]);
        for (const cuts of [[2], [16], [length - 2], [length - 16], [Math.floor(length / 2)], [7, length - 3]]) {
          if (![...cuts, length].every((cut, i) => isAllowed(cut - (cuts[i - 1] ?? 0)))) continue;
          if (length > runner.shortPromptTokens && cuts.some((cut) => cut <= runner.shortPromptTokens)) continue;
          const pieces = await logits(length, cuts);
          const different = whole.filter((logit, i) => logit !== pieces[i]).length;
          expect([length, cuts, different]).toEqual([length, cuts, 0]);
        }
      }
    });

    it.runIf(!('dtype' in options))('has the same bits however its stages are divided among passes', async () => {
      const { runner } = model;
      const other = story.subarray(0, 40);
      const bits = async (length: number, from: number, stops: readonly number[]): Promise<Buffer> => {
        await runner.prefill(1, other, other.length);
        if (from > 0) await runner.prefill(0, story.subarray(0, from), length);
        const piece = story.subarray(from, length);
        for (const stage of stops) {
          await runner.prefillStages!(0, piece, length, stage);
          runner.relocate(runner.plan([1]));
          await runner.decode([1], Int32Array.of(5), false);
        }
        const { logits } = await runner.prefill(0, piece, length);
        const found = [logits, runner.positions!.read(0, 0, length)].map((array) => Buffer.from(array.slice().buffer));
        for (const slot of [0, 1]) runner.free(slot);
        return Buffer.concat(found);
      };
      const all = Array.from({ length: runner.promptStages - 1 }, (_, i) => i + 1);
      for (const [length, from] of [
        [longest, 0],
        [longest, Math.min(66, longest - 20)],
        [17, 0],
      ] as const) {
        const whole = await bits(length, from, []);
        for (const stops of [all, [runner.promptStages - 1]]) {
          expect([length, from, stops, whole.equals(await bits(length, from, stops))]).toEqual([
            length,
            from,
            stops,
            true,
          ]);
        }
      }
    });

    it.runIf(!('dtype' in options))('forgets a piece that it did not complete', async () => {
      const { runner } = model;
      const piece = story.subarray(0, 17);
      const { logits } = await runner.prefill(0, piece, 17);
      runner.free(0);
      await runner.prefillStages!(0, story.subarray(20, 37), 17, 1);
      runner.free(0);
      expect((await runner.prefill(0, piece, 17)).logits).toEqual(logits);
      runner.free(0);
    });

    it('has the same answer and log probabilities beside whatever was asked before', async () => {
      const request = fc.record({
        length: fc.constantFrom(...lengths),
        shared: fc.oneof(fc.constant(longest), fc.nat({ max: longest })),
        other: fc.nat({ max: 2 }),
        temperature: fc.constantFrom(0, 0.9),
        caller: fc.constantFrom('a', 'b'),
        stepsBefore: fc.nat(12),
      });
      const alone = new Map<string, unknown>();
      const started = (arrivals: Iterable<{ length: number; shared: number; other: number; temperature: number }>) =>
        Array.from(arrivals, ({ length, shared, other, temperature }, i): GenerationRequest => ({
          id: String(i),
          prompt: story.slice(0, length).map((token, at) => (at < shared ? token : (token + other) % vocabSize)),
          params: { temperature, seed: 7, maxNewTokens: 5, topLogprobs: 2, ignoreEos: true },
        }));
      const same = { length: longest, shared: longest, other: 0, temperature: 0, caller: 'a' };
      const twice = [
        { ...same, stepsBefore: 0 },
        { ...same, stepsBefore: 12 },
      ];
      let hits = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(request, { minLength: 2, maxLength: 8 }),
          fc.integer({ min: 3, max: 80 }),
          fc.constantFrom(0.2, 1),
          async (arrivals, prefillChunkTokens, part) => {
            const tokenBytes = model.runner.positions!.positionBytes;
            const engine = new Engine(model, { prefillChunkTokens, prefixCacheBytes: part * longest * tokenBytes });
            const requests = started(arrivals);
            const results = new Map<string, unknown[]>();
            const step = async (): Promise<void> => {
              const report = await engine.step();
              hits = Math.max(hits, report?.prefixCache?.hitTokens ?? 0);
              for (const { id, text, logprobs } of report?.outputs ?? []) {
                results.set(id, [...(results.get(id) ?? []), text, logprobs]);
              }
            };
            for (const [i, each] of requests.entries()) {
              for (let s = 0; s < arrivals[i].stepsBefore && engine.hasWork; s++) await step();
              engine.add({ ...each, caller: arrivals[i].caller });
            }
            while (engine.hasWork) await step();
            for (const each of requests) {
              const key = JSON.stringify([[...each.prompt], each.params]);
              if (!alone.has(key)) {
                const other = new Engine(model, { prefixCacheBytes: 0 });
                const outputs: unknown[] = [];
                other.add(each);
                while (other.hasWork) {
                  for (const { text, logprobs } of (await other.step())!.outputs) outputs.push(text, logprobs);
                }
                alone.set(key, outputs);
              }
              expect(results.get(each.id)).toEqual(alone.get(key));
            }
          },
        ),
        // Random arrivals may share nothing: the first ones do.
        {
          examples: [[twice, 80, 1]],
          numRuns: SCHEDULES,
          interruptAfterTimeLimit: 6_000 * SCHEDULES,
          markInterruptAsFailure: false,
        },
      );
      expect(hits).toBeGreaterThan(16);
    });
  },
);
