import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_SAMPLING_PARAMS,
  Engine,
  type GenerationRequest,
  loadModel,
  type LoadedModel,
  loadTokenizer,
  type ModelOptions,
  type StepReport,
} from '@frontier/engine';
import { writeGguf } from '@frontier/engine/testing/gguf-writer';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { convertToGguf } from '../support/gguf-conversion.ts';
import { EXPORTS } from '../support/golden-exports.ts';
import { goldenFamilies, writeGoldenFamily } from '../support/golden-families.ts';
import { writeRandomModel } from '../support/random-model.ts';
import { readSafetensors } from '../support/read-safetensors.ts';

/** Random schedules of each model and precision. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 6);

const STORYTELLER = join(import.meta.dirname, '../../models/storyteller');
const tokenizer = loadTokenizer(STORYTELLER);
const STORIES = [
  'Once upon a time',
  'The little dog',
  'Tom',
  'One day, a big bear came to the river. The bear was hungry and',
  'Lily and her mother went to the market to buy some red apples. '.repeat(12),
  'A',
].map((prompt) => [...tokenizer.encode(prompt)]);

/** Windows of 8 in two of three layers, which rotate by another table than the third. */
const GEMMA = goldenFamilies().find(({ name }) => name.includes('windows by pattern'))!;
const SLICES = [4, 9, 1, 15, 40, 24].map((length) => GEMMA.prompt.slice(0, length));

const workFolder = mkdtempSync(join(tmpdir(), 'frontier-invariance-'));
writeGoldenFamily(workFolder, GEMMA);
afterAll(() => rmSync(workFolder, { recursive: true }));

const SHAPE = {
  architectures: ['LlamaForCausalLM'],
  vocab_size: 320,
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 1,
  head_dim: 64,
  intermediate_size: 512,
  max_position_embeddings: 1024,
};
const BYTES = STORIES.map((story) => story.map((token) => 1 + (token % 256)));

/** Blocks with offsets, whose products no folder has, beside some of 8 bits. */
function writeBlocks(): string {
  const folder = join(workFolder, 'random');
  writeRandomModel(folder, SHAPE, { format: 'F32' });
  const { metadata, tensors } = convertToGguf(SHAPE, readSafetensors(join(folder, 'model.safetensors')));
  const typeOf = (name: string) => (/attn/.test(name) ? 'Q4_K' : /ffn_(gate|up)/.test(name) ? 'Q4_1' : 'Q8_0');
  const path = join(folder, 'model.gguf');
  writeGguf(
    path,
    metadata,
    tensors.map((tensor) => (tensor.shape.length === 2 ? { ...tensor, type: typeOf(tensor.name) } : tensor)),
  );
  return path;
}

/** Prompts and the model that they are for. */
interface Subject {
  path: string;
  prompts: number[][];
  /** Options by what they make of it. */
  variants: Record<string, Pick<ModelOptions, 'precision' | 'dtype'>>;
}

const PRECISIONS = { fp32: { precision: 'fp32' }, int8: { precision: 'int8' }, int4: { precision: 'int4' } } as const;
const { int8, int4 } = PRECISIONS;
const EXPORTED = STORIES.map((story) => story.map((token) => 4 + (token % 92)).slice(0, 60));

const SUBJECTS: Record<string, Subject> = {
  Llama: { path: STORYTELLER, prompts: STORIES, variants: PRECISIONS },
  'Gemma 3': { path: workFolder, prompts: SLICES, variants: PRECISIONS },
  'a GGUF file': { path: writeBlocks(), prompts: BYTES, variants: { int8, int4 } },
  'an ONNX file': {
    path: join(EXPORTS, 'llama-wide'),
    prompts: EXPORTED,
    variants: { fp32: { dtype: 'fp32' }, q8: { dtype: 'q8' }, q4: { dtype: 'q4' } },
  },
};

const fieldsOf = ({ prompts }: Subject) => ({
  prompt: fc.constantFrom(...prompts),
  maxNewTokens: fc.integer({ min: 1, max: 40 }),
  temperature: fc.constantFrom(0, 0.8),
  topP: fc.constantFrom(1, 0.9),
  topK: fc.constantFrom(0, 30),
  repetitionPenalty: fc.constantFrom(1, 1.2),
  seed: fc.integer({ min: 0, max: 5 }),
  priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
  n: fc.constantFrom(1, 1, 2),
  caller: fc.constantFrom('a', 'b', 'c'),
  arrival: fc.nat({ max: 40 }),
  cancelAt: fc.option(fc.nat({ max: 80 }), { freq: 4 }),
});

const cases = Object.entries(SUBJECTS).flatMap(([name, { variants }]) =>
  Object.entries(variants).map(([variant, options]) => [name, variant, options] as const),
);
describe.each(cases)('what a request to %s returns in %s', (name, _variant, options) => {
  const subject = SUBJECTS[name];
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path: subject.path, maxBatchSize: 16, ...options });
  });
  afterAll(() => model.runner.release());

  function anEngine(maxCacheTokens?: number): Engine {
    return new Engine(model, { prefillChunkTokens: 24, maxCacheTokens });
  }

  /** Preempts a running sequence, whether there is a reason or not. */
  function preemptOne(engine: Engine, pick: number): void {
    const scheduler = Reflect.get(engine, 'scheduler') as object;
    const decoding = [...(Reflect.get(scheduler, 'decoding') as Set<object>)];
    const preempt = Reflect.get(scheduler, 'preempt') as (sequence: object, nowMs: number) => void;
    const betweenRounds = (Reflect.get(scheduler, 'round') as { isOver: boolean }).isOver;
    if (decoding.length > 0 && betweenRounds)
      preempt.call(scheduler, decoding[pick % decoding.length], performance.now());
  }

  const texts = new Map<string, string>();
  /** The text of a request on an idle engine; remembered, since schedules share requests. */
  async function alone(params: Omit<GenerationRequest, 'id'>): Promise<string> {
    const key = JSON.stringify(params);
    if (!texts.has(key)) {
      const engine = anEngine();
      engine.add({ ...params, id: 'alone' });
      let text = '';
      while (engine.hasWork) for (const output of (await engine.step())!.outputs) text += output.text;
      texts.set(key, text);
    }
    return texts.get(key)!;
  }

  it('has the same logits in a batch of any size', async () => {
    const { runner } = model;
    const prompt = Int32Array.from(subject.prompts[3]);
    await runner.prefill(0, prompt, prompt.length);
    let first: Float32Array | undefined;
    for (let size = 1; size <= 16; size++) {
      const slots = Array.from({ length: size }, (_, i) => i + 1);
      for (const slot of slots) await runner.copy(0, slot);
      for (const { logits } of await decode(
        runner,
        slots,
        Array.from(slots, () => 42),
      )) {
        first ??= Float32Array.from(logits!);
        expect(logits).toEqual(first);
      }
      for (const slot of slots) runner.free(slot);
    }
    runner.free(0);
  });

  it('is byte for byte the same among 16 others, over random arrivals, lengths, samplings, cancellations and preemptions', async () => {
    let largestBatch = 0;
    let preemptions = 0;
    const schedule = fc.array(fc.record(fieldsOf(subject)), { minLength: 16, maxLength: 16 });
    // What the expectations at the end count happens here, whatever else is drawn.
    const together = fc.sample(
      fc.record({
        ...fieldsOf(subject),
        maxNewTokens: fc.constant(40),
        n: fc.constant(1),
        arrival: fc.constant(0),
        cancelAt: fc.constant(null),
      }),
      { seed: 1, numRuns: 16 },
    );
    // The smallest one lets four of the shorter requests run.
    const budget = fc.constantFrom(450, 700, 16 * 1024);
    await fc.assert(
      fc.asyncProperty(
        schedule,
        budget,
        fc.integer({ min: 2, max: 9 }),
        async (arrivals, maxCacheTokens, preemptEvery) => {
          const requests = arrivals.map(({ arrival, cancelAt, prompt, priority, n, caller, ...params }, i) => ({
            arrival,
            cancelAt: cancelAt ?? Infinity,
            request: { id: `r${i}`, prompt, priority, n, caller, params: { ...DEFAULT_SAMPLING_PARAMS, ...params } },
          }));
          const engine = anEngine(maxCacheTokens);
          const results = new Map(requests.map(({ request: { id } }) => [id, { text: '', finished: false }]));
          let preempted = 0;
          const take = (report: StepReport | undefined): void => {
            if (report?.kind === 'decode') largestBatch = Math.max(largestBatch, report.tokens);
            preempted = report?.preemptions ?? preempted;
            for (const { id, index, text, finished } of report?.outputs ?? []) {
              if (index > 0) continue;
              const result = results.get(id)!;
              result.text += text;
              result.finished ||= finished !== undefined;
            }
          };
          for (let step = 0; step <= 80 || engine.hasWork; step++) {
            for (const { arrival, cancelAt, request: r } of requests) {
              if (arrival === step) engine.add(r);
              if (cancelAt === step) engine.cancel(r.id);
            }
            if (step % preemptEvery === 0) preemptOne(engine, step);
            take(await engine.step());
          }
          preemptions += preempted;
          for (const { request: r, cancelAt } of requests) {
            const { text, finished } = results.get(r.id)!;
            const expected = await alone({ prompt: r.prompt, params: r.params });
            if (cancelAt === Infinity) expect([finished, text]).toEqual([true, expected]);
            else expect(expected.startsWith(text)).toBe(true);
          }
        },
      ),
      {
        examples: [[together, 16 * 1024, 2]],
        numRuns: SCHEDULES,
        interruptAfterTimeLimit: 20_000 * SCHEDULES,
        markInterruptAsFailure: false,
      },
    );
    expect(largestBatch).toBeGreaterThan(8);
    expect(preemptions).toBeGreaterThan(30);
  });
});
