import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelRunner } from '../runner/model-runner.js';
import { DEFAULT_SAMPLING_PARAMS, type SamplingParams } from '../sampler/sampling-params.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import type { SequenceOutput, StepReport } from '../sequence/step-report.js';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import { FakeModelRunner, type FakeModelRunnerOptions } from '../testing/fake-model-runner.js';
import { Engine } from './engine.js';
import type { EngineOptions } from './engine.options.js';

const codesOf = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const STORY = codesOf('the cat sat on the mat, and the cat sat on the hat');

/** A model that says the story again and again, and now and then another character, by all tokens so far. */
const STORYTELLER: FakeModelRunnerOptions = {
  vocabSize: 256,
  contextLength: 400,
  next: (tokens) => {
    const hash = tokens.reduce((sum, token) => (sum * 31 + token + 7) % 1_000_003, 1);
    return hash % 11 === 0 ? 46 + (hash % 3) : STORY[tokens.length % STORY.length];
  },
};

function anEngine(options: Partial<EngineOptions> = {}, runnerOptions: FakeModelRunnerOptions = {}) {
  const runner = new FakeModelRunner({ ...STORYTELLER, ...runnerOptions });
  const engine = new Engine({ runner, vocabulary: byteVocabulary, eosTokenIds: [0] }, { maxWaiting: 64, ...options });
  return { runner, engine };
}

function aRequest(id: string, params: Partial<SamplingParams> = {}, length = 60): GenerationRequest {
  const prompt = Array.from({ length }, (_, i) => STORY[i % STORY.length]);
  const greedy = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: 40, promptLookup: 8 };
  return { id, prompt, params: { ...greedy, ...params } };
}

interface Run {
  outputs: SequenceOutput[];
  reports: StepReport[];
  text: string;
}

async function run(engine: Engine): Promise<Run> {
  const reports: StepReport[] = [];
  while (engine.hasWork) {
    const report = await engine.step();
    if (report) reports.push(report);
  }
  const outputs = reports.flatMap((report) => report.outputs);
  return { outputs, reports, text: outputs.map(({ text }) => text).join('') };
}

/** The parts of an output that depend on the request alone. */
async function alone(request: GenerationRequest, runnerOptions: FakeModelRunnerOptions = {}): Promise<unknown[]> {
  const { engine } = anEngine({}, runnerOptions);
  engine.add({ ...request, id: 'alone' });
  return (await run(engine)).outputs.filter(({ index }) => index === 0).map(told);
}

function told({ text, generated, logprobs, finished, error }: SequenceOutput): unknown {
  return { text, generated, logprobs, reason: finished?.reason, error: error?.code };
}

describe('speculative decoding', () => {
  it('takes several tokens out of one pass, and reports how many were drafted and accepted', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a'));
    const { outputs, reports } = await run(engine);
    const plain = anEngine();
    plain.engine.add(aRequest('a', { promptLookup: 0 }));
    const expected = await run(plain.engine);
    expect(outputs.map(told)).toEqual(expected.outputs.map(told));
    expect(runner.passes.length).toBeLessThan(plain.runner.passes.length / 2);
    const [drafted, accepted] = (['drafted', 'accepted'] as const).map((of) =>
      reports.reduce((sum, { speculation }) => sum + (speculation?.[of] ?? 0), 0),
    );
    expect(outputs.at(-1)!.finished!.usage.predictions).toEqual({ accepted, rejected: drafted - accepted });
    expect(accepted).toBeGreaterThan(15);
    expect(drafted - accepted).toBeGreaterThan(0);
    expect(expected.outputs.at(-1)!.finished!.usage.predictions).toBeUndefined();
  });

  it('samples each token as without drafts: random numbers, penalties, limits, stop strings and schemas', async () => {
    const params = fc.record({
      maxNewTokens: fc.integer({ min: 1, max: 40 }),
      minNewTokens: fc.constantFrom(0, 12),
      temperature: fc.constantFrom(0, 0.3, 1),
      topK: fc.constantFrom(0, 3),
      seed: fc.nat(),
      repetitionPenalty: fc.constantFrom(1, 1.1),
      frequencyPenalty: fc.constantFrom(0, 0.2),
      logitBias: fc.constantFrom(new Map(), new Map([[97, 1]])),
      stop: fc.constantFrom([], ['hat'], ['sat on', 'cat sat']),
      includeStop: fc.boolean(),
      stopTokenIds: fc.constantFrom([], [46]),
      topLogprobs: fc.constantFrom(undefined, 2),
      jsonSchema: fc.constantFrom(undefined, { enum: ['the cat sat on the mat', 'the cat sat on the hat'] }),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(params, fc.integer({ min: 1, max: 16 }), async (each, promptLookup) => {
        const { engine, runner } = anEngine();
        engine.add(aRequest('a', { ...each, promptLookup }));
        const { outputs } = await run(engine);
        expect(outputs.map(told)).toEqual(await alone(aRequest('a', { ...each, promptLookup: 0 })));
        accepted += outputs.at(-1)!.finished?.usage.predictions?.accepted ?? 0;
        expect(runner.slots.size).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('ends within a draft at a stop string and at the last token that was asked for', async () => {
    const { engine } = anEngine();
    engine.add(aRequest('a', { stop: ['mat'], promptLookup: 16 }));
    const stopped = await run(engine);
    expect(stopped.text.endsWith('on the ')).toBe(true);
    expect(stopped.reports.at(-1)).toMatchObject({ kind: 'verify', speculation: { drafted: 16 } });
    engine.add(aRequest('b', { maxNewTokens: 12, promptLookup: 16 }));
    const { outputs } = await run(engine);
    expect(outputs.at(-1)).toMatchObject({ generated: 12, finished: { reason: 'length' } });
  });

  it('verifies one draft between two tokens of a plain stream, of each sequence in turn', async () => {
    const { engine } = anEngine();
    for (const id of ['a', 'b', 'c']) engine.add(aRequest(id, { maxNewTokens: 100 }));
    engine.add(aRequest('plain', { promptLookup: 0, maxNewTokens: 300 }));
    // Before the plain one decodes, a round need not have a pass of that kind.
    let between = -Infinity;
    let most = 0;
    const verified: string[] = [];
    for (const { kind, outputs } of (await run(engine)).reports) {
      if (kind === 'decode' && outputs.some(({ id }) => id === 'plain')) between = 0;
      if (kind !== 'verify') continue;
      most = Math.max(most, ++between);
      if (between === 1) verified.push(outputs[0].id);
    }
    expect(most).toBe(1);
    for (const id of ['a', 'b', 'c']) expect(verified.slice(0, 6)).toContain(id);
  });

  it('takes turns with prompts, so that a plain stream waits for a chunk of one or of the other', async () => {
    const { engine } = anEngine({ prefillChunkTokens: 20 });
    engine.add(aRequest('plain', { promptLookup: 0, maxNewTokens: 100 }));
    engine.add(aRequest('a', { maxNewTokens: 100 }));
    while (!(await engine.step())?.outputs.some(({ id }) => id === 'a'));
    for (const id of ['b', 'c']) engine.add(aRequest(id, { maxNewTokens: 1 }, 300));
    let between: string[] = [];
    const seen: string[] = [];
    while (engine.hasWork) {
      const { kind, outputs, waiting, prefilled } = (await engine.step())!;
      if (kind !== 'decode') between.push(kind);
      else if (outputs.some(({ id }) => id === 'plain')) {
        expect(new Set(between).size).toBeLessThanOrEqual(1);
        if (waiting > 0 || prefilled) seen.push(...between);
        between = [];
      }
      if (outputs.some(({ id, finished }) => id === 'c' && finished)) break;
    }
    expect(new Set(seen)).toEqual(new Set(['prefill', 'verify']));
  });

  it('fails one sequence on a logit that is not a number, after the tokens before it', async () => {
    const { engine, runner } = anEngine();
    const verify = runner.verify.bind(runner);
    runner.verify = async (...args) => {
      const verification = await verify(...args);
      const outputs = verification.outputs.map((output, i) => (i === 2 ? { ...output, argmax: undefined } : output));
      return { ...verification, outputs };
    };
    engine.add(aRequest('a'));
    engine.add(aRequest('b', { promptLookup: 0, maxNewTokens: 5 }));
    const { outputs, reports } = await run(engine);
    const failed = reports.findIndex(({ outputs: [, , third] }) => third?.error);
    expect(reports[failed].outputs.map(({ id, error }) => [id, error?.code])).toEqual([
      ['a', undefined],
      ['a', undefined],
      ['a', 'engine_error'],
    ]);
    expect(outputs.find(({ id, finished }) => id === 'b' && finished)).toBeDefined();
    expect(runner.slots.size).toBe(0);
  });

  it('samples nothing for a request that is cancelled while its draft is verified', async () => {
    const { engine, runner } = anEngine();
    const verify = runner.verify.bind(runner);
    runner.verify = async (...args) => {
      engine.cancel('a');
      return verify(...args);
    };
    engine.add(aRequest('a'));
    const { reports } = await run(engine);
    expect(reports.at(-1)).toMatchObject({ kind: 'verify', outputs: [] });
    expect(runner.slots.size).toBe(0);
  });

  it('is refused where the runner cannot verify', async () => {
    const { runner } = anEngine();
    const without: ModelRunner = Object.assign(Object.create(runner) as FakeModelRunner, { verify: undefined });
    const engine = new Engine({ runner: without, vocabulary: byteVocabulary, eosTokenIds: [0] });
    expect(() => engine.add(aRequest('a'))).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    engine.add(aRequest('b', { promptLookup: 0 }));
    expect((await run(engine)).outputs.at(-1)!.finished).toBeDefined();
  });

  it('returns for each request what it returns alone, over random arrivals, budgets, cancellations and neighbours', async () => {
    const request = fc.record({
      length: fc.integer({ min: 1, max: 90 }),
      maxNewTokens: fc.integer({ min: 1, max: 60 }),
      temperature: fc.constantFrom(0, 0.4),
      seed: fc.nat(),
      promptLookup: fc.constantFrom(0, 3, 16),
      priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
      caller: fc.constantFrom('x', 'y'),
      n: fc.constantFrom(1, 1, 2),
      arrival: fc.nat({ max: 30 }),
      cancelAt: fc.option(fc.nat({ max: 60 }), { freq: 3 }),
    });
    const engineOptions = fc.record({
      prefillChunkTokens: fc.integer({ min: 3, max: 40 }),
      maxCacheTokens: fc.constantFrom(190, 310, 1600),
      prefixCacheBytes: fc.constantFrom(0, 2 ** 16),
    });
    let preemptions = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), engineOptions, async (arrivals, options) => {
        const { engine, runner } = anEngine(options, { maxBatchSize: 5, contextLength: 120 });
        const requests = arrivals.map(({ length, arrival, cancelAt, priority, caller, n, ...params }, i) => ({
          arrival,
          cancelAt: cancelAt ?? Infinity,
          request: { ...aRequest(`r${i}`, params, length), priority, caller, n },
        }));
        const results = new Map<string, unknown[]>(requests.map(({ request: { id } }) => [id, []]));
        for (let step = 0; step <= 60 || engine.hasWork; step++) {
          for (const { request: r, arrival, cancelAt } of requests) {
            if (arrival === step) engine.add(r);
            if (cancelAt === step) engine.cancel(r.id);
          }
          const report = await engine.step();
          preemptions += report?.preemptions ?? 0;
          accepted += report?.speculation?.accepted ?? 0;
          for (const output of report?.outputs ?? []) {
            if (output.index === 0) results.get(output.id)!.push(told(output));
          }
          (Reflect.get(engine, 'scheduler') as { checkIntegrity(): void }).checkIntegrity();
        }
        expect(runner.slots.size).toBe(0);
        for (const {
          request: { n: _, ...r },
          cancelAt,
        } of requests) {
          const expected = await alone(r, { contextLength: 120 });
          const result = results.get(r.id)!;
          expect(result).toEqual(cancelAt === Infinity ? expected : expected.slice(0, result.length));
        }
      }),
      { numRuns: 60 },
    );
    expect(preemptions).toBeGreaterThan(0);
    expect(accepted).toBeGreaterThan(500);
  });
});
