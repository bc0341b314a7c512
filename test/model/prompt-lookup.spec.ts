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
  type SequenceOutput,
  type StepReport,
} from '@frontier/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenFamilies, writeGoldenFamily } from '../support/golden-families.ts';

/** Random schedules of each model and precision. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 6);

const STORYTELLER = join(import.meta.dirname, '../../models/storyteller');
const tokenizer = loadTokenizer(STORYTELLER);
const TALE =
  'Lily and Tom went to the park. They saw a big dog. The dog was very happy. Lily and Tom played with the dog. ';
const STORIES = [`${TALE.repeat(2)}Lily and`, TALE.repeat(6), 'Tom likes cake. Tom likes cake. Tom', 'One day'].map(
  (prompt) => [...tokenizer.encode(prompt)],
);

/** Windows of 8 in two of three layers. */
const GEMMA = goldenFamilies().find(({ name }) => name.includes('windows by pattern'))!;
const SLICES = [4, 9, 24].map((length) => [...GEMMA.prompt.slice(0, length), ...GEMMA.prompt.slice(0, length)]);

const folder = mkdtempSync(join(tmpdir(), 'frontier-lookup-'));
writeGoldenFamily(folder, GEMMA);
afterAll(() => rmSync(folder, { recursive: true }));

const SUBJECTS = {
  Llama: { path: STORYTELLER, prompts: STORIES },
  'Gemma 3': { path: folder, prompts: SLICES },
};

type Params = Omit<GenerationRequest, 'id'>;

async function run(engine: Engine): Promise<{ outputs: SequenceOutput[]; reports: StepReport[]; text: string }> {
  const reports: StepReport[] = [];
  while (engine.hasWork) reports.push((await engine.step())!);
  const outputs = reports.flatMap((report) => report.outputs);
  return { outputs, reports, text: outputs.map(({ text }) => text).join('') };
}

function paramsOf(given: Params['params']): Params['params'] {
  return {
    ...DEFAULT_SAMPLING_PARAMS,
    temperature: 0,
    maxNewTokens: 32,
    promptLookup: 8,
    ignoreEos: true,
    ...given,
  };
}

/** The answer of an idle engine. */
async function answer(model: LoadedModel, request: Params) {
  const engine = new Engine(model, { prefixCacheBytes: 0 });
  engine.add({ ...request, id: 'a' });
  return run(engine);
}

/** All that is told of an answer, but for times and the prompt's origin. */
const told = ({ text, generated, logprobs, finished, error }: SequenceOutput): unknown => [
  text,
  generated,
  logprobs,
  finished?.reason,
  finished?.usage.predictions,
  error,
];

const cases = (['Llama', 'Gemma 3'] as const).flatMap((name) =>
  (['fp32', 'int8', 'int4'] as const).map((precision) => [name, precision] as const),
);

describe.each(cases)('prompt lookup of %s in %s', (name, precision) => {
  const { path, prompts } = SUBJECTS[name];
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path, maxBatchSize: 8, precision });
  });
  afterAll(() => model.runner.release());

  /** Decodes one token at a time, or verifies all at once; the logits after each. */
  async function logitsOf(
    tokens: readonly number[],
    slot: number,
    how: 'decoded' | 'verified',
  ): Promise<Float32Array[]> {
    const { runner } = model;
    const logits: Float32Array[] = [];
    if (how === 'verified') {
      await runner.relocate(runner.plan([slot], [tokens.length]));
      const { outputs } = await runner.verify!(slot, Int32Array.from(tokens), true);
      return outputs.map((output) => output.logits!);
    }
    for (const token of tokens) {
      await runner.relocate(runner.plan([slot]));
      const [output] = await runner.decode([slot], Int32Array.of(token), true);
      logits.push(output.logits!.slice());
    }
    return logits;
  }

  it('verifies a draft with the logits of decoding it, up to rounding', async () => {
    const { runner } = model;
    const prompt = Int32Array.from(prompts[0]);
    const tokens = prompts[0].slice(2, 12);
    await runner.prefill(0, prompt, prompt.length);
    runner.copy(0, 1);
    const verified = await logitsOf(tokens, 0, 'verified');
    const decoded = await logitsOf(tokens, 1, 'decoded');
    for (const slot of [0, 1]) runner.free(slot);
    // Prompts of an int4 model are read in 8 bits, and so are drafts.
    const bound = { fp32: 1e-4, int8: 0.3, int4: 3 }[precision];
    const apart = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((x, j) => Math.abs(x - b[j])));
    for (const [i, logits] of verified.entries()) expect([i, apart(logits, decoded[i]) < bound]).toEqual([i, true]);
    // The bound tells one position from another.
    expect(apart(verified[0], decoded[1])).toBeGreaterThan(bound);
  });

  it('verifies with the same bits in any row beside any neighbours, and leaves nothing of what is not kept', async () => {
    const { runner } = model;
    const prompt = Int32Array.from(prompts[0]);
    const tokens = Int32Array.from(prompt.slice(2, 9));
    await runner.prefill(0, prompt, prompt.length);
    const others = prompts.map((other) => Int32Array.from([...other, ...other, ...other].slice(0, 100)));
    let first: Float32Array[] | undefined;
    for (let size = 1; size <= 6; size++) {
      const slots = Array.from({ length: size }, (_, i) => i + 1);
      for (const slot of slots) {
        const other = others[slot % others.length];
        if (slot === size) runner.copy(0, slot);
        else await runner.prefill(slot, other, other.length);
      }
      await runner.relocate(
        runner.plan(
          slots,
          slots.map(() => tokens.length),
        ),
      );
      const verification = await runner.verify!(size, tokens, true);
      const logits = verification.outputs.map((output) => output.logits!.slice());
      first ??= logits;
      expect(logits).toEqual(first);
      verification.keep(3);
      const cache = Reflect.get(runner, 'cache') as {
        place(slot: number): { pool: { length(row: number): number } & Arrays; row: number };
      };
      const { pool, row } = cache.place(size);
      expect(pool.length(row)).toBe(prompt.length + 3);
      expect(lastPosition(pool, row, model.config.kvHeads, model.config.headDim)).toBe(prompt.length + 2);
      for (const slot of slots) runner.free(slot);
    }
    runner.free(0);
  });

  it('has the same answer and log probabilities among random others, with any cache, chunk and preemption', async () => {
    const request = fc.record({
      prompt: fc.constantFrom(...prompts),
      maxNewTokens: fc.integer({ min: 1, max: 40 }),
      temperature: fc.constantFrom(0, 0.4),
      repetitionPenalty: fc.constantFrom(1, 1.1),
      seed: fc.nat({ max: 2 }),
      promptLookup: fc.constantFrom(0, 4, 16),
      caller: fc.constantFrom('a', 'b'),
      arrival: fc.nat({ max: 30 }),
    });
    const options = fc.record({
      prefillChunkTokens: fc.integer({ min: 8, max: 40 }),
      maxCacheTokens: fc.constantFrom(450, 4096),
      prefixCacheBytes: fc.constantFrom(0, 2 ** 24),
    });
    // What the expectations at the end count happens here, whatever else is drawn.
    const together = Array.from({ length: 8 }, (_, i) => ({
      prompt: prompts[i % prompts.length],
      maxNewTokens: 40,
      temperature: 0,
      repetitionPenalty: 1,
      seed: 0,
      promptLookup: 16,
      caller: i % 2 ? 'a' : 'b',
      arrival: 2 * i,
    }));
    const crowded = { prefillChunkTokens: 16, maxCacheTokens: 450, prefixCacheBytes: 2 ** 24 };
    const answers = new Map<string, unknown[]>();
    const seen = { accepted: 0, preemptions: 0, hits: 0, batched: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 8, maxLength: 8 }),
        options,
        fc.integer({ min: 2, max: 9 }),
        async (arrivals, engineOptions, preemptEvery) => {
          const engine = new Engine(model, engineOptions);
          const requests = arrivals.map(({ prompt, caller, arrival, ...given }, i) => ({
            arrival,
            request: { id: `r${i}`, prompt, caller, params: paramsOf({ ...given, topLogprobs: 2 }) },
          }));
          const results = new Map<string, unknown[]>(requests.map(({ request: { id } }) => [id, []]));
          let preemptions = 0;
          for (let step = 0; step <= 30 || engine.hasWork; step++) {
            for (const { arrival, request: r } of requests) if (arrival === step) engine.add(r);
            if (step % preemptEvery === 0) preemptOne(engine, step);
            const report = await engine.step();
            if (!report) continue;
            preemptions = report.preemptions;
            seen.accepted += report.speculation?.accepted ?? 0;
            if (report.kind === 'decode') seen.batched = Math.max(seen.batched, report.tokens);
            seen.hits = Math.max(seen.hits, report.prefixCache?.hitTokens ?? 0);
            for (const output of report.outputs) results.get(output.id)!.push(told(output));
          }
          seen.preemptions += preemptions;
          for (const { request: r } of requests) {
            const key = JSON.stringify([r.prompt, r.params]);
            if (!answers.has(key))
              answers.set(key, (await answer(model, { prompt: r.prompt, params: r.params })).outputs.map(told));
            expect(results.get(r.id)).toEqual(answers.get(key));
          }
        },
      ),
      {
        examples: [[together, crowded, 3]],
        numRuns: SCHEDULES,
        interruptAfterTimeLimit: 20_000 * SCHEDULES,
        markInterruptAsFailure: false,
      },
    );
    expect(seen.accepted).toBeGreaterThan(10);
    expect(seen.preemptions).toBeGreaterThan(5);
    expect(seen.batched).toBeGreaterThan(2);
    expect(seen.hits).toBeGreaterThan(15);
  });
});

describe.each(['fp32', 'int8', 'int4'] as const)('prompt lookup in %s', (precision) => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path: STORYTELLER, maxBatchSize: 8, precision });
  });
  afterAll(() => model.runner.release());

  it('keeps an answer within its schema, which drafts do not know', async () => {
    const jsonSchema = {
      type: 'object',
      properties: {
        name: { enum: ['Lily', 'Tom'] },
        friends: { type: 'array', items: { enum: ['Lily', 'Tom'] }, minItems: 6, maxItems: 8 },
      },
      required: ['name', 'friends'],
      additionalProperties: false,
    };
    const prompt = [...tokenizer.encode('{"name":"Tom","friends":["Lily","Tom","Lily"]} {"name":')];
    let accepted = 0;
    for (let seed = 0; seed < 6; seed++) {
      const temperature = seed / 5;
      const { text, outputs } = await answer(model, {
        prompt,
        params: paramsOf({ jsonSchema, seed, temperature, maxNewTokens: 120, ignoreEos: false }),
      });
      const { finished } = outputs.at(-1)!;
      expect(finished?.reason).toBe('stop');
      const value = JSON.parse(text) as { name: string; friends: string[] };
      expect(value.friends.length).toBeGreaterThanOrEqual(6);
      expect(new Set([value.name, ...value.friends, 'Lily', 'Tom']).size).toBe(2);
      accepted += finished!.usage.predictions?.accepted ?? 0;
    }
    expect(accepted).toBeGreaterThan(0);
  });
});

describe.each(['Llama', 'Gemma 3'] as const)('prompt lookup of %s', (name) => {
  const { path, prompts } = SUBJECTS[name];
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path, maxBatchSize: 8, precision: 'fp32' });
  });
  afterAll(() => model.runner.release());

  it('has the text that it has without, in fewer passes', async () => {
    let accepted = 0;
    for (const prompt of prompts) {
      for (const temperature of [0, 0.5]) {
        const given = { seed: 3, temperature, maxNewTokens: 48 };
        const { text, outputs, reports } = await answer(model, { prompt, params: paramsOf(given) });
        const plain = await answer(model, { prompt, params: paramsOf({ ...given, promptLookup: 0 }) });
        expect(text).toBe(plain.text);
        const own = outputs.at(-1)!.finished!.usage.predictions?.accepted ?? 0;
        accepted += own;
        expect(plain.reports.length - reports.length).toBe(own);
      }
    }
    expect(accepted).toBeGreaterThan(20);
  });
});

interface Arrays {
  keys: readonly Float32Array[];
  values: readonly Float32Array[];
  capacity: number;
}

/** The last position of a row that holds anything but zeros. */
function lastPosition({ keys, values, capacity }: Arrays, row: number, kvHeads: number, headDim: number): number {
  let last = -1;
  for (const array of [...keys, ...values]) {
    for (let head = 0; head < kvHeads; head++) {
      const begin = (row * kvHeads + head) * capacity * headDim;
      const part = array.subarray(begin, begin + capacity * headDim);
      last = Math.max(last, Math.floor(part.findLastIndex((value) => value !== 0) / headDim));
    }
  }
  return last;
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
