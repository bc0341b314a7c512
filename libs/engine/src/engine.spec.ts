import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Engine, type EngineOptions, type GenerationRequest } from './engine.js';
import type { SequenceOutput, StepReport } from './step-report.js';
import { DEFAULT_SAMPLING_PARAMS, type SamplingParams } from './sampler/sampling-params.js';
import { byteTokenizer } from './testing/byte-tokenizer.js';
import { FakeModelRunner, type FakeModelRunnerOptions } from './testing/fake-model-runner.js';

function anEngine(runnerOptions: FakeModelRunnerOptions = {}, options: Partial<EngineOptions> = {}, eosTokenIds = [0]) {
  const runner = new FakeModelRunner(runnerOptions);
  const model = { runner, tokenizer: byteTokenizer, eosTokenIds };
  return { runner, engine: new Engine(model, { maxWaiting: 64, prefillChunkTokens: 4, ...options }) };
}

function aRequest(id: string, prompt: string, params: Partial<SamplingParams> = {}): GenerationRequest {
  const greedy = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: 8 };
  return { id, prompt, params: { ...greedy, ...params } };
}

interface Result {
  text: string;
  finished: SequenceOutput['finished'];
  error: SequenceOutput['error'];
}

/** Adds up the outputs of one request over all steps. */
class Results {
  readonly byId = new Map<string, Result>();

  take(report: StepReport | undefined): void {
    for (const { id, text, finished, error } of report?.outputs ?? []) {
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
const occupied = (runner: FakeModelRunner): number => runner.slots.filter((tokens) => tokens.length > 0).length;

describe(Engine.name, () => {
  it('prefills a prompt in chunks and then decodes', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', 'abcdefghi', { maxNewTokens: 3, ignoreEos: true }));
    await finish(engine);
    expect(runner.passes).toEqual(['prefill 0: 4', 'prefill 0: 3', 'prefill 0: 2', 'decode 1', 'decode 1']);
  });

  it('decodes the running sequences between two chunks of a long prompt', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', 'ab', { maxNewTokens: 6, ignoreEos: true }));
    await engine.step();
    engine.add(aRequest('b', 'abcdefghijkl', { maxNewTokens: 1 }));
    await finish(engine);
    expect(runner.passes.slice(1, 6)).toEqual(['prefill 1: 4', 'decode 1', 'prefill 1: 4', 'decode 1', 'prefill 1: 4']);
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
    const { engine } = anEngine({ maxSlots: 2 });
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
      finished: { reason: 'stop' },
    });
    const late = await alone(aRequest('a', 'xy', { stop: ['AB'], minNewTokens: 4 }), runner);
    expect(late).toMatchObject({ text: 'CABC', finished: { reason: 'stop' } });
  });

  it('fails one sequence on a logit that is not a number, and no other', async () => {
    const { engine, runner } = anEngine();
    const decode = runner.decode.bind(runner);
    runner.decode = async (tokens) => {
      const logits = await decode(tokens);
      if (tokens.length === 2) logits[runner.vocabSize + 3] = NaN;
      return logits;
    };
    engine.add(aRequest('a', 'ab', { ignoreEos: true }));
    engine.add(aRequest('b', 'cd', { ignoreEos: true }));
    const { byId } = await finish(engine);
    expect(byId.get('b')!.error).toMatchObject({ code: 'engine_error' });
    expect(byId.get('a')!.text).toBe((await alone(aRequest('a', 'ab', { ignoreEos: true }))).text);
    expect(occupied(runner)).toBe(0);
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
      const { engine, runner } = anEngine({ maxSlots: 2 });
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
      runner.decode = (tokens) => {
        engine.cancel('a');
        return decode(tokens);
      };
      expect((await engine.step())!.outputs).toEqual([]);
      expect(await engine.step()).toBeUndefined();
      expect([engine.hasWork, occupied(runner)]).toEqual([false, 0]);
    });

    it('of a waiting request frees its place in the queue at once', async () => {
      const { engine } = anEngine({ maxSlots: 1 }, { maxWaiting: 1 });
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

  it('returns for each request what it returns alone, over random arrivals, lengths, samplings and cancellations', async () => {
    const request = fc.record({
      prompt: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€'), minLength: 1, maxLength: 20 }),
      maxNewTokens: fc.integer({ min: 1, max: 12 }),
      temperature: fc.constantFrom(0, 0.7),
      topP: fc.constantFrom(1, 0.9),
      seed: fc.nat(),
      arrival: fc.nat({ max: 30 }),
      cancelAt: fc.option(fc.nat({ max: 60 }), { freq: 3 }),
    });
    const schedule = fc.array(request, { minLength: 1, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(
        schedule,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 3, max: 9 }),
        async (arrivals, maxSlots, chunk) => {
          const { engine, runner } = anEngine({ maxSlots, contextLength: 80 }, { prefillChunkTokens: chunk });
          const requests = arrivals.map(({ prompt, arrival, cancelAt, ...params }, i) => ({
            arrival,
            cancelAt: cancelAt === null ? Infinity : cancelAt,
            request: aRequest(`r${i}`, prompt, params),
          }));
          const results = new Results();
          for (let step = 0; step <= 60 || engine.hasWork; step++) {
            for (const { request: r, arrival, cancelAt } of requests) {
              if (arrival === step) engine.add(r);
              if (cancelAt === step) engine.cancel(r.id);
            }
            results.take(await engine.step());
          }
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
  });
});
