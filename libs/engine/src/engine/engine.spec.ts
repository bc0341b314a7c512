import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Engine } from './engine.js';
import type { EngineOptions } from './engine.options.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import type { SequenceOutput, StepReport } from '../sequence/step-report.js';
import { DEFAULT_SAMPLING_PARAMS, type SamplingParams } from '../sampler/sampling-params.js';
import { bytesOfText, byteVocabulary } from '../testing/byte-vocabulary.js';
import { FakeModelRunner, type FakeModelRunnerOptions } from '../testing/fake-model-runner.js';

function anEngine(runnerOptions: FakeModelRunnerOptions = {}, options: Partial<EngineOptions> = {}, eosTokenIds = [0]) {
  const runner = new FakeModelRunner(runnerOptions);
  const model = { runner, vocabulary: byteVocabulary, eosTokenIds };
  return { runner, engine: new Engine(model, { maxWaiting: 64, prefillChunkTokens: 4, ...options }) };
}

/** Tokens for a text, small enough for the fake runner's vocabulary. */
const promptOf = (text: string): number[] => bytesOfText(text).map((byte) => byte % 32);

function aRequest(id: string, prompt: string, params: Partial<SamplingParams> = {}): GenerationRequest {
  const greedy = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: 8 };
  return { id, prompt: promptOf(prompt), params: { ...greedy, ...params } };
}

interface Result {
  text: string;
  finished: SequenceOutput['finished'];
  error: SequenceOutput['error'];
}

/** Adds up the outputs of each answer over all steps; further answers to a request are named `id#index`. */
class Results {
  readonly byId = new Map<string, Result>();

  take(report: StepReport | undefined): void {
    for (const { id: request, index, text, finished, error } of report?.outputs ?? []) {
      const id = index === 0 ? request : `${request}#${index}`;
      const result = this.byId.get(id) ?? { text: '', finished: undefined, error: undefined };
      this.byId.set(id, {
        text: result.text + text,
        finished: finished ?? result.finished,
        error: error ?? result.error,
      });
    }
  }
}

async function finish(engine: Engine): Promise<Results> {
  const results = new Results();
  while (engine.hasWork) results.take(await engine.step());
  return results;
}

async function alone(request: GenerationRequest, runnerOptions: FakeModelRunnerOptions = {}): Promise<Result> {
  const { engine } = anEngine(runnerOptions);
  engine.add(request);
  return (await finish(engine)).byId.get(request.id)!;
}

/** Slots that hold tokens. */
const occupied = (runner: FakeModelRunner): number => runner.slots.size;

describe(Engine.name, () => {
  it('prefills a prompt in long pieces and then decodes', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', 'a'.repeat(33), { maxNewTokens: 3, ignoreEos: true }));
    await finish(engine);
    expect(runner.passes).toEqual(['prefill 0: 31', 'prefill 0: 2', 'decode 1', 'decode 1']);
  });

  it('decodes the running sequences between two chunks of a long prompt', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', 'ab', { maxNewTokens: 6, ignoreEos: true }));
    await engine.step();
    engine.add(aRequest('b', 'abcdefghijkl', { maxNewTokens: 1 }));
    await finish(engine);
    expect(runner.passes.slice(1, 6)).toEqual(['prefill 1: 4', 'decode 1', 'prefill 1: 4', 'decode 1', 'prefill 1: 4']);
  });

  it('computes a long piece a few stages at a time between two decodes, and all that is left of it once nobody decodes', async () => {
    const { engine, runner } = anEngine({ promptStages: 8 });
    engine.add(aRequest('a', 'ab', { maxNewTokens: 5, ignoreEos: true }));
    await engine.step();
    engine.add(aRequest('b', 'a'.repeat(28), { maxNewTokens: 1 }));
    const reports = [];
    while (engine.hasWork) reports.push(await engine.step());
    const passes = ['stages 1: 16 to 2', 'stages 1: 16 to 4', 'stages 1: 16 to 6', 'prefill 1: 16'];
    expect(runner.passes.slice(1)).toEqual([...passes.flatMap((pass) => [pass, 'decode 1']), 'prefill 1: 12']);
    const prompts = reports.filter((report) => report?.kind === 'prefill');
    expect(prompts.map((report) => report!.tokens)).toEqual([4, 4, 4, 4, 12]);
    expect(prompts.map((report) => report!.prefilled?.promptTokens)).toEqual([4, 8, 12, 16, 28]);
  });

  it('computes a piece beside sequences that decode though it takes more than a chunk', async () => {
    const { engine, runner } = anEngine({ shortPromptTokens: 9 });
    engine.add(aRequest('a', 'ab', { ignoreEos: true }));
    await engine.step();
    engine.add(aRequest('b', 'abcdefghijkl', { maxNewTokens: 1 }));
    await engine.step();
    expect(runner.passes.slice(1)).toEqual(['prefill 1: 10']);
  });

  it('prefills several short prompts between two decodes, up to the chunk size', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', 'ab', { ignoreEos: true }));
    await engine.step();
    for (const id of ['b', 'c', 'd']) engine.add(aRequest(id, 'ab', { ignoreEos: true }));
    await finish(engine);
    expect(runner.passes.slice(1, 5)).toEqual(['prefill 1: 2', 'prefill 2: 2', 'decode 3', 'prefill 3: 2']);
  });

  it('runs no more sequences than there are slots, and starts the next as soon as one ends', async () => {
    const { engine } = anEngine({ maxBatchSize: 2 });
    for (const id of ['a', 'b', 'c']) engine.add(aRequest(id, 'xy', { maxNewTokens: 2, ignoreEos: true }));
    const running: number[] = [];
    while (engine.hasWork) running.push((await engine.step())!.running);
    expect(Math.max(...running)).toBe(2);
  });

  it('keeps the running sequences within the cache budget', async () => {
    const { engine } = anEngine({}, { maxCacheTokens: 20 });
    for (const id of ['a', 'b', 'c']) engine.add(aRequest(id, 'xy', { ignoreEos: true }));
    const running: number[] = [];
    while (engine.hasWork) running.push((await engine.step())!.running);
    expect(Math.max(...running)).toBe(2);
  });

  it('clamps a request to the cache budget, so that it can run', async () => {
    const { engine } = anEngine({ contextLength: 64 }, { maxCacheTokens: 10 });
    engine.add(aRequest('a', 'abc', { maxNewTokens: 50, ignoreEos: true }));
    const { byId } = await finish(engine);
    expect(byId.get('a')!.finished).toMatchObject({ reason: 'length', usage: { completionTokens: 7 } });
    expect(() => engine.add(aRequest('b', '0123456789'))).toThrow(/10 tokens.*holds 10/);
  });

  it('refuses a request when the queue is full', () => {
    const { engine } = anEngine({}, { maxWaiting: 2 });
    engine.add(aRequest('a', 'x'));
    engine.add(aRequest('b', 'x'));
    expect(() => engine.add(aRequest('c', 'x'))).toThrow(expect.objectContaining({ code: 'overloaded', status: 503 }));
  });

  it('refuses a prompt that leaves no room for an answer, naming both lengths', () => {
    const { engine } = anEngine({ contextLength: 8 });
    expect(() => engine.add(aRequest('a', '12345678'))).toThrow(/8 tokens.*holds 8/);
    expect(engine.hasWork).toBe(false);
  });

  it('ends with `length` where the context has no more room', async () => {
    const { finished } = await alone(aRequest('a', '12345', { maxNewTokens: 50, ignoreEos: true }), {
      contextLength: 8,
    });
    expect(finished).toMatchObject({ reason: 'length', usage: { promptTokens: 5, completionTokens: 3 } });
  });

  it('ends with `stop` at an end-of-text token, which has no text, and goes on with ignoreEos', async () => {
    const next = (tokens: readonly number[]): number => (tokens.length === 4 ? 0 : 65);
    const request = aRequest('a', 'xy');
    const ended = await alone(request, { vocabSize: 256, next });
    expect(ended).toMatchObject({ text: 'AA', finished: { reason: 'stop', usage: { completionTokens: 3 } } });
    const ignored = await alone(aRequest('a', 'xy', { ignoreEos: true }), { vocabSize: 256, next });
    expect(ignored.finished).toMatchObject({ reason: 'length', usage: { completionTokens: 8 } });
  });

  it('ends before a stop string, but not before the minimum length', async () => {
    const next = (tokens: readonly number[]): number => 65 + (tokens.length % 3);
    const runner = { vocabSize: 256, next };
    expect(await alone(aRequest('a', 'xy', { stop: ['AB'] }), runner)).toMatchObject({
      text: 'C',
      finished: { reason: 'stop', stop: 'AB' },
    });
    const late = await alone(aRequest('a', 'xy', { stop: ['AB'], minNewTokens: 4 }), runner);
    expect(late).toMatchObject({ text: 'CABC', finished: { reason: 'stop', stop: 'AB' } });
  });

  it('says which stop string ended it: none where the model, a stop token or a limit did', async () => {
    const next = (tokens: readonly number[]): number => (tokens.length === 4 ? 0 : 65);
    const stopOf = async (params: object): Promise<string | undefined> =>
      (await alone(aRequest('a', 'xy', params), { vocabSize: 256, next })).finished!.stop;
    expect(await stopOf({ stop: ['B', 'AA'] })).toBe('AA');
    expect(await stopOf({ stop: ['B'] })).toBeUndefined();
    expect(await stopOf({ stop: ['B'], stopTokenIds: [65] })).toBeUndefined();
    expect(await stopOf({ stop: ['AA'], maxNewTokens: 1 })).toBeUndefined();
  });

  it('fails one sequence on a logit that is not a number, and no other', async () => {
    const { engine, runner } = anEngine();
    const decode = runner.decode.bind(runner);
    runner.decode = async (slots, tokens, needsLogits) => {
      const next = await decode(slots, tokens, needsLogits);
      if (slots.length === 2) next[1].argmax = undefined;
      return next;
    };
    engine.add(aRequest('a', 'ab', { ignoreEos: true }));
    engine.add(aRequest('b', 'cd', { ignoreEos: true }));
    const { byId } = await finish(engine);
    expect(byId.get('b')!.error).toMatchObject({ code: 'engine_error' });
    expect(byId.get('a')!.text).toBe((await alone(aRequest('a', 'ab', { ignoreEos: true }))).text);
    expect(occupied(runner)).toBe(0);
  });

  it('fails all answers of a request with a pass that throws, though it was for some of them', async () => {
    const { engine, runner } = anEngine();
    engine.add({ ...aRequest('a', 'abc', { ignoreEos: true }), n: 2 });
    await engine.step();
    const plan = runner.plan.bind(runner);
    runner.plan = (slots) => ({ ...plan(slots), groups: slots.map((slot) => [slot]) });
    runner.decode = () => Promise.reject(new Error('out of memory'));
    expect((await engine.step())!.outputs).toHaveLength(1);
    expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
  });

  it('fails the sequences of a pass that throws, and serves on', async () => {
    const { engine, runner } = anEngine();
    const decode = runner.decode.bind(runner);
    runner.decode = () => Promise.reject(new Error('out of memory'));
    engine.add(aRequest('a', 'ab', { ignoreEos: true }));
    const { byId } = await finish(engine);
    expect(byId.get('a')!.error!.message).toContain('out of memory');
    expect(occupied(runner)).toBe(0);
    runner.decode = decode;
    engine.add(aRequest('b', 'ab', { ignoreEos: true }));
    expect((await finish(engine)).byId.get('b')!.finished).toBeDefined();
  });

  describe('cancellation', () => {
    it.each([
      ['in the queue', 0],
      ['in prefill', 3],
      ['in decode', 8],
    ])('takes a sequence out within one step: %s', async (_, steps) => {
      const { engine, runner } = anEngine({ maxBatchSize: 2 });
      engine.add(aRequest('a', 'abc', { maxNewTokens: 20, ignoreEos: true }));
      engine.add(aRequest('victim', 'abcdefghijkl', { maxNewTokens: 20, ignoreEos: true }));
      engine.add(aRequest('c', 'xyz', { maxNewTokens: 20, ignoreEos: true }));
      const results = new Results();
      for (let i = 0; i < steps; i++) results.take(await engine.step());
      engine.cancel('victim');
      results.take(await engine.step());
      const before = results.byId.get('victim')?.text;
      while (engine.hasWork) results.take(await engine.step());
      expect(results.byId.get('victim')?.text).toBe(before);
      expect(occupied(runner)).toBe(0);
      for (const [id, prompt] of [
        ['a', 'abc'],
        ['c', 'xyz'],
      ]) {
        const expected = await alone(aRequest(id, prompt, { maxNewTokens: 20, ignoreEos: true }));
        expect(results.byId.get(id)!.text).toBe(expected.text);
      }
    });

    it('during a pass draws no further token', async () => {
      const { engine, runner } = anEngine();
      engine.add(aRequest('a', 'ab', { maxNewTokens: 2, ignoreEos: true }));
      await engine.step();
      const decode = runner.decode.bind(runner);
      runner.decode = (slots, tokens, needsLogits) => {
        engine.cancel('a');
        return decode(slots, tokens, needsLogits);
      };
      expect((await engine.step())!.outputs).toEqual([]);
      expect(await engine.step()).toBeUndefined();
      expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
    });

    it('of a waiting request frees its place in the queue at once', async () => {
      const { engine } = anEngine({ maxBatchSize: 1 }, { maxWaiting: 1 });
      engine.add(aRequest('a', 'ab', { ignoreEos: true }));
      await engine.step();
      engine.add(aRequest('b', 'ab'));
      engine.cancel('b');
      expect(() => engine.add(aRequest('c', 'ab'))).not.toThrow();
    });

    it('of all requests leaves an idle engine', async () => {
      const { engine, runner } = anEngine();
      engine.add(aRequest('a', 'abc'));
      await engine.step();
      engine.cancel('a');
      engine.cancel('unknown');
      expect(await engine.step()).toBeUndefined();
      expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
    });
  });

  describe('several answers to one prompt', () => {
    const several = aRequest('a', 'abcdefg', { temperature: 0.9, seed: 7, maxNewTokens: 6, ignoreEos: true });

    it('compute the prompt once, and are what the next seeds alone would give', async () => {
      const { engine, runner } = anEngine();
      engine.add({ ...several, n: 3 });
      const { byId } = await finish(engine);
      expect(runner.passes.slice(0, 3)).toEqual(['prefill 0: 7', 'decode 3', 'decode 3']);
      for (const [i, id] of ['a', 'a#1', 'a#2'].entries()) {
        const expected = await alone({ ...several, params: { ...several.params, seed: 7 + i } });
        expect(byId.get(id)!.text).toBe(expected.text);
      }
      expect(occupied(runner)).toBe(0);
    });

    it('end on their own, and are cancelled together', async () => {
      const { engine, runner } = anEngine();
      engine.add({ ...several, n: 3 });
      for (let i = 0; i < 4; i++) await engine.step();
      engine.cancel('a');
      expect(await engine.step()).toBeUndefined();
      expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
    });

    it('end together where one fails', async () => {
      const { engine, runner } = anEngine();
      const decode = runner.decode.bind(runner);
      runner.decode = async (slots, tokens, needsLogits) => {
        const next = await decode(slots, tokens, needsLogits);
        return next.map((token, i) => (i === 0 ? { ...token, argmax: undefined } : token));
      };
      engine.add({ ...several, n: 2 });
      const results = new Results();
      for (let step = 0; step < 3; step++) results.take(await engine.step());
      expect(results.byId.get('a')!.error).toMatchObject({ code: 'engine_error' });
      expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
    });

    it.each([
      [5, { maxBatchSize: 4 }, {}, 4],
      [3, {}, { maxCacheTokens: 20 }, 2],
    ])('are refused where %i do not fit together', (n, runner, options, room) => {
      const { engine } = anEngine(runner, options);
      const error = expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining(`for ${room}`),
      });
      expect(() => engine.add({ ...several, n })).toThrow(error);
    });
  });

  it("takes the model's defaults where a request says nothing, and the server's where the model does not either", async () => {
    const runner = new FakeModelRunner();
    const defaults = { temperature: 0, maxNewTokens: 5 };
    const engine = new Engine({ runner, vocabulary: byteVocabulary, eosTokenIds: [0], defaults });
    engine.add({ id: 'a', prompt: promptOf('xy'), params: { ignoreEos: true } });
    engine.add({ id: 'b', prompt: promptOf('xy'), params: { ignoreEos: true, maxNewTokens: 2 } });
    const { byId } = await finish(engine);
    const expected = await alone(aRequest('a', 'xy', { maxNewTokens: 5, ignoreEos: true }));
    expect(byId.get('a')!.text).toBe(expected.text);
    expect(byId.get('b')!.finished!.usage.completionTokens).toBe(2);
  });

  it("tells the model's own log probabilities, whatever is done to the logits for the choice", async () => {
    const { engine, runner } = anEngine();
    const logitBias = new Map([[3, 100]]);
    engine.add(aRequest('a', 'xy', { maxNewTokens: 1, topLogprobs: 2, logitBias }));
    const outputs = (await engine.step())!.outputs;
    const scores = Array.from({ length: runner.vocabSize }, (_, i) => Math.exp(-i / 4));
    const total = scores.reduce((a, b) => a + b);
    const argmax = [...'xy'].reduce((hash, c) => (hash * 31 + c.charCodeAt(0) + 7) % 1_000_003, 1) % runner.vocabSize;
    const logprobOf = (token: number): number =>
      Math.log(scores[(token - argmax + runner.vocabSize) % runner.vocabSize] / total);
    const [{ token, logprob, bytes, top }] = outputs[0].logprobs!;
    expect([token, [...bytes]]).toEqual([3, [3]]);
    expect(logprob).toBeCloseTo(logprobOf(3), 5);
    expect(top.map((entry) => entry.token)).toEqual([argmax, (argmax + 1) % runner.vocabSize]);
    expect(top[1].logprob).toBeCloseTo(logprobOf(top[1].token), 5);
  });

  it('tells no log probability of a token that ends the text', async () => {
    const { engine } = anEngine({ vocabSize: 256, next: (tokens) => (tokens.length === 3 ? 0 : 65) });
    engine.add(aRequest('a', 'xy', { topLogprobs: 0 }));
    const steps: StepReport[] = [];
    while (engine.hasWork) steps.push((await engine.step())!);
    const tokens = steps.flatMap(({ outputs }) => outputs.map(({ logprobs }) => logprobs?.map(({ token }) => token)));
    expect(tokens).toEqual([[65], undefined]);
  });

  it('tells the log probabilities of the text that it tells, with the text', async () => {
    const answer = [...'abXYcd'].map((character) => character.charCodeAt(0));
    const tell = async (stop: string[]): Promise<[text: string, tokens: string][]> => {
      const { engine } = anEngine({ vocabSize: 256, next: (tokens) => answer[tokens.length - 2] });
      engine.add(aRequest('a', '..', { topLogprobs: 0, maxNewTokens: 6, stop }));
      const told: [string, string][] = [];
      while (engine.hasWork) {
        for (const { text, logprobs = [] } of (await engine.step())!.outputs) {
          told.push([text, logprobs.map(({ bytes }) => String.fromCharCode(...bytes)).join('')]);
        }
      }
      return told;
    };
    expect(await tell(['XZ'])).toEqual(['a', 'b', '', 'XY', 'c', 'd'].map((text) => [text, text]));
    expect(await tell(['XY'])).toEqual(['a', 'b', '', ''].map((text) => [text, text]));
  });

  it('takes token ids as they are, and refuses those that there are not', async () => {
    const { engine, runner } = anEngine();
    engine.add({ ...aRequest('a', '', { maxNewTokens: 1 }), prompt: [7, 9] });
    await engine.step();
    expect(runner.passes).toEqual(['prefill 0: 2']);
    const refused = { ...aRequest('b', ''), prompt: [7, 32] };
    expect(() => engine.add(refused)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(() => engine.add(refused)).toThrow(/32.*0 to 31/);
  });

  it('keeps answers within a JSON schema, and ends them where nothing may follow', async () => {
    const { engine } = anEngine({ vocabSize: 257, contextLength: 256 }, {}, [256]);
    const jsonSchema = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { enum: ['x', 'yz'] } },
      required: ['a', 'b'],
      additionalProperties: false,
    };
    for (let i = 0; i < 20; i++) {
      engine.add({
        ...aRequest(String(i), 'x'.repeat(i + 1), { jsonSchema, temperature: i % 2, seed: i, maxNewTokens: 60 }),
      });
      for (const { text, finished } of (await finish(engine)).byId.values()) {
        expect(text).toMatch(/^\{"a":-?\d{1,15},"b":"(x|yz)"\}$/);
        expect(finished?.reason).toBe('stop');
      }
    }
  });

  it('cuts an answer that is nested two thousand lists deep', async () => {
    const { engine } = anEngine({ vocabSize: 257, contextLength: 4096 }, {}, [256]);
    engine.add(aRequest('a', 'x', { jsonSchema: { type: 'array' }, allowedTokenIds: [0x5b], maxNewTokens: 4000 }));
    const { text, finished } = (await finish(engine)).byId.get('a')!;
    expect([text, finished?.reason]).toEqual(['['.repeat(text.length), 'length']);
    expect(text.length).toBeGreaterThan(900);
    expect(text.length).toBeLessThan(2100);
  });

  it('refuses a schema that it does not support by name, and goes on', async () => {
    const { engine } = anEngine();
    const jsonSchema = { type: 'object', properties: { a: { type: 'array', contains: {} } } };
    expect(() => engine.add(aRequest('a', 'x', { jsonSchema }))).toThrow(
      expect.objectContaining({
        code: 'invalid_json_schema',
        errors: [{ pointer: '/properties/a/contains', detail: 'the keyword "contains" is not supported' }],
      }),
    );
    expect(engine.hasWork).toBe(false);
  });

  it('returns for each request what it returns alone, over random arrivals, lengths, samplings, priorities and cancellations', async () => {
    const request = fc.record({
      prompt: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€'), minLength: 1, maxLength: 20 }),
      maxNewTokens: fc.integer({ min: 1, max: 12 }),
      temperature: fc.constantFrom(0, 0.7),
      topP: fc.constantFrom(1, 0.9),
      seed: fc.nat(),
      priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
      caller: fc.constantFrom('x', 'y'),
      arrival: fc.nat({ max: 30 }),
      cancelAt: fc.option(fc.nat({ max: 60 }), { freq: 3 }),
    });
    let preemptions = 0;
    let resumptions = 0;
    let layerPasses = 0;
    const schedule = fc.array(request, { minLength: 1, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(
        schedule,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 3, max: 9 }),
        fc.constantFrom(1, 2, 7),
        async (arrivals, maxBatchSize, chunk, promptStages) => {
          const fake = { maxBatchSize, contextLength: 80, promptStages };
          const { engine, runner } = anEngine(fake, { prefillChunkTokens: chunk });
          const requests = arrivals.map(({ prompt, arrival, cancelAt, priority, caller, ...params }, i) => ({
            arrival,
            cancelAt: cancelAt === null ? Infinity : cancelAt,
            request: { ...aRequest(`r${i}`, prompt, params), priority, caller },
          }));
          const results = new Results();
          let promptTokens = 0;
          const preempted: string[] = [];
          for (let step = 0; step <= 60 || engine.hasWork; step++) {
            for (const { request: r, arrival, cancelAt } of requests) {
              if (arrival === step) engine.add(r);
              if (cancelAt === step) engine.cancel(r.id);
            }
            const report = await engine.step();
            preempted.push(...(report?.preempted ?? []));
            for (const id of report?.resumed ?? []) {
              expect(preempted).toContain(id);
              resumptions++;
            }
            if (report) expect(preempted.length).toBe(report.preemptions);
            if (report?.kind === 'prefill') promptTokens += report.tokens;
            results.take(report);
          }
          if (requests.every(({ cancelAt }) => cancelAt === Infinity)) {
            expect(promptTokens).toBe(requests.reduce((sum, { request: r }) => sum + r.prompt.length, 0));
          }
          preemptions += preempted.length;
          layerPasses += runner.passes.filter((pass) => pass.startsWith('stages')).length;
          expect(occupied(runner)).toBe(0);
          for (const { request: r, cancelAt } of requests) {
            const result = results.byId.get(r.id);
            const expected = await alone(r, { contextLength: 80 });
            if (cancelAt === Infinity)
              expect(result).toMatchObject({ text: expected.text, finished: { reason: expected.finished!.reason } });
            else expect(expected.text.startsWith(result?.text ?? '')).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(preemptions).toBeGreaterThan(0);
    expect(resumptions).toBeGreaterThan(0);
    expect(layerPasses).toBeGreaterThan(0);
  });
});
