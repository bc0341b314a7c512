import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenerationRequest } from '../sequence/generation-request.js';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import { FakeModelRunner } from '../testing/fake-model-runner.js';
import { Engine } from './engine.js';
import type { EngineOptions } from './engine.options.js';

const CONTEXT = 160;

function anEngine(options: EngineOptions = {}, contextLength = CONTEXT, promptStages = 1) {
  const runner = new FakeModelRunner({ contextLength, promptStages });
  const model = { runner, vocabulary: byteVocabulary, eosTokenIds: [0] };
  const engine = new Engine(model, { prefixCacheBytes: 1e6, prefillChunkTokens: 8, ...options });
  return { engine, runner };
}

/** A prompt of so many tokens of a story. */
const prompt = (tokens: number, story = 1): number[] => Array.from({ length: tokens }, (_, i) => (i * story) % 31);

function aRequest(id: string, tokens: readonly number[], request: Partial<GenerationRequest> = {}): GenerationRequest {
  return { id, prompt: tokens, params: { temperature: 0, maxNewTokens: 4, ignoreEos: true }, ...request };
}

/** Runs one request to its end: its text, and the tokens that came from the cache. */
async function ask(engine: Engine, request: GenerationRequest): Promise<{ text: string; cached: number | undefined }> {
  engine.add(request);
  let text = '';
  let cached: number | undefined;
  while (engine.hasWork) {
    for (const output of (await engine.step())?.outputs ?? []) {
      if (output.error) throw new Error(output.error.message);
      text += output.text;
      cached = output.finished?.usage.cachedTokens ?? cached;
    }
  }
  return { text, cached };
}

const computed = (runner: FakeModelRunner): number =>
  runner.passes.reduce((sum, pass) => sum + (pass.startsWith('prefill') ? Number(pass.split(': ')[1]) : 0), 0);

describe('A prefix cache', () => {
  it.each([
    ['a part', prompt(70), 64],
    ['all but a last piece of two tokens', prompt(66), 64],
    ['less where one token would be left', prompt(65), 48],
    ['what a longer prompt shares', [...prompt(40), ...prompt(60, 7)], 32],
    ['nothing of another prompt', prompt(70, 3), 0],
  ])('spares %s', async (_, tokens, cached) => {
    const { engine, runner } = anEngine();
    await ask(engine, aRequest('first', prompt(80)));
    const before = computed(runner);
    const answer = await ask(engine, aRequest('second', tokens));
    expect(answer.cached).toBe(cached);
    expect(computed(runner) - before).toBe(tokens.length - cached);
    expect(answer.text).toBe((await ask(anEngine({ prefixCacheBytes: 0 }).engine, aRequest('alone', tokens))).text);
  });

  it('serves a prompt that arrives together with another one like it', async () => {
    const { engine, runner } = anEngine();
    engine.add(aRequest('a', prompt(100)));
    engine.add(aRequest('b', prompt(100)));
    while (engine.hasWork) await engine.step();
    expect(computed(runner)).toBe(100 + 4);
  });

  it.each([
    ['callers', { caller: 'x' }, { caller: 'y' }, {}, 0],
    ['callers that share by configuration', { caller: 'x' }, { caller: 'y' }, { sharesPrefixes: true }, 64],
    ['salts', { cacheSalt: 'x' }, { cacheSalt: 'y' }, { sharesPrefixes: true }, 0],
    ['one salt', { cacheSalt: 'x' }, { cacheSalt: 'x' }, {}, 64],
  ])('holds %s apart, or not', async (_, first, second, options, cached) => {
    const { engine } = anEngine(options);
    await ask(engine, aRequest('a', prompt(70), first));
    expect((await ask(engine, aRequest('b', prompt(70), second))).cached).toBe(cached);
  });

  it('does not copy a long prompt at once while others decode', async () => {
    const { engine, runner } = anEngine({}, 8192);
    await ask(engine, aRequest('first', prompt(7000)));
    engine.add(aRequest('stream', prompt(2), { params: { maxNewTokens: 12, ignoreEos: true } }));
    await engine.step();
    engine.add(aRequest('second', prompt(7000)));
    const lengths: (number | undefined)[] = [];
    for (let step = 0; step < 8; step++) {
      await engine.step();
      lengths.push(runner.slots.get(1)?.length);
    }
    expect(lengths).toEqual([2048, 2048, 4096, 4096, 6144, 6144, 7000, 7001]);
  });

  it('does not keep what decode passes computed', async () => {
    const { engine } = anEngine();
    const { text } = await ask(engine, aRequest('a', prompt(16), { params: { maxNewTokens: 40, ignoreEos: true } }));
    expect(text).not.toBe('');
    expect((await ask(engine, aRequest('b', [...prompt(16), ...prompt(40, 5)]))).cached).toBe(16);
  });

  it('changes no answer, whatever is asked in whatever order', async () => {
    const piece = fc.record({ story: fc.integer({ min: 1, max: 3 }), tokens: fc.integer({ min: 1, max: 60 }) });
    const request = fc.record({
      pieces: fc.array(piece, { minLength: 1, maxLength: 2 }),
      caller: fc.constantFrom('x', 'y'),
      cacheSalt: fc.constantFrom('', 's'),
      n: fc.integer({ min: 1, max: 2 }),
      seed: fc.option(fc.nat(9), { nil: undefined }),
      stepsBefore: fc.nat(6),
      cancelled: fc.boolean(),
    });
    const settings = fc.record({
      prefixCacheBytes: fc.constantFrom(0, 64, 400, 1000, 1e6),
      prefillChunkTokens: fc.integer({ min: 3, max: 40 }),
      maxCacheTokens: fc.integer({ min: 2 * CONTEXT, max: 3 * CONTEXT }),
      sharesPrefixes: fc.boolean(),
    });
    const stages = fc.constantFrom(1, 5);
    const arrivals = fc.array(request, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(settings, stages, arrivals, async (options, promptStages, requests) => {
        const { engine, runner } = anEngine(options, CONTEXT, promptStages);
        const texts = new Map<string, string>();
        const take = async (): Promise<void> => {
          const report = await engine.step();
          for (const { id, index, text } of report?.outputs ?? []) {
            texts.set(`${id}#${index}`, (texts.get(`${id}#${index}`) ?? '') + text);
          }
          const { prefixCache } = report ?? {};
          if (prefixCache) expect(prefixCache.bytes).toBeLessThanOrEqual(options.prefixCacheBytes);
          (Reflect.get(engine, 'prefixCache') as { checkIntegrity(): void } | undefined)?.checkIntegrity();
        };
        const made = requests.map(({ pieces, seed, caller, cacheSalt, n }, i) =>
          aRequest(
            String(i),
            pieces.flatMap(({ story, tokens }) => prompt(tokens, story)),
            {
              params: { temperature: seed === undefined ? 0 : 1, seed, maxNewTokens: 6, ignoreEos: true },
              caller,
              cacheSalt,
              n,
            },
          ),
        );
        for (const [i, { stepsBefore, cancelled }] of requests.entries()) {
          for (let step = 0; step < stepsBefore && engine.hasWork; step++) await take();
          engine.add(made[i]);
          if (cancelled) {
            if (engine.hasWork) await take();
            engine.cancel(String(i));
          }
        }
        while (engine.hasWork) await take();
        expect(runner.slots.size).toBe(0);
        for (const [i, { cancelled }] of requests.entries()) {
          if (cancelled) continue;
          const { engine: other } = anEngine({ prefixCacheBytes: 0 });
          const alone = new Map<string, string>();
          other.add(made[i]);
          while (other.hasWork) {
            for (const { id, index, text } of (await other.step())?.outputs ?? []) {
              alone.set(`${id}#${index}`, (alone.get(`${id}#${index}`) ?? '') + text);
            }
          }
          for (const [key, text] of alone) expect([key, texts.get(key)]).toEqual([key, text]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
