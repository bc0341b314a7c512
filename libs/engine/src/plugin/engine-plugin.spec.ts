import { describe, expect, it } from 'vitest';
import { Engine } from '../engine/engine.js';
import { DEFAULT_SAMPLING_PARAMS, type SamplingParams } from '../sampler/sampling-params.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import { FakeModelRunner } from '../testing/fake-model-runner.js';
import { defineEnginePlugin, type EnginePlugin, type LogitsProcessorRequest } from './engine-plugin.js';

/** Without a processor, the fake model writes A and B in turn. */
const next = (tokens: readonly number[]): number => 65 + (tokens.length % 2);

function anEngine(plugin?: EnginePlugin): { engine: Engine; runner: FakeModelRunner } {
  const runner = new FakeModelRunner({ vocabSize: 128, next });
  return { runner, engine: new Engine({ runner, vocabulary: byteVocabulary, eosTokenIds: [0], plugin }) };
}

function aRequest(
  id: string,
  logitsProcessors: readonly LogitsProcessorRequest[] = [],
  params: Partial<SamplingParams> = {},
): GenerationRequest {
  const greedy = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: 4 };
  return { id, prompt: [1, 2], params: { ...greedy, logitsProcessors, ...params } };
}

interface Result {
  text: string;
  pieces: string[];
  error?: string;
  message?: string;
  isFinished: boolean;
}

async function finish(engine: Engine): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  while (engine.hasWork) {
    for (const { id, index, text, error, finished } of (await engine.step())?.outputs ?? []) {
      const key = index === 0 ? id : `${id}#${index}`;
      const result = results.get(key) ?? { text: '', pieces: [], isFinished: false };
      result.text += text;
      result.pieces.push(text);
      if (error) Object.assign(result, { error: error.code, message: error.message });
      result.isFinished ||= finished !== undefined;
      results.set(key, result);
    }
  }
  return results;
}

const plugin = defineEnginePlugin({
  logitsProcessors: {
    /** Writes a text, then lets the model go on. */
    spell: ({ parameters }) => {
      const text = parameters.text as string;
      if (typeof text !== 'string') throw new Error('"text" must be a text');
      return {
        process: (logits, tokens) => {
          if (tokens.length < text.length) logits[text.charCodeAt(tokens.length)] = 100;
        },
      };
    },
    count: () => {
      let calls = 0;
      return { process: (logits) => void (logits[65 + calls++] = 100) };
    },
    fail: () => ({
      process: (_, tokens) => {
        if (tokens.length === 1) throw new Error('no more');
      },
    }),
    spoil: ({ parameters }) => ({ process: (logits) => void (logits[3] = parameters.infinite ? Infinity : NaN) }),
    forbid: () => ({ process: (logits) => void logits.fill(-Infinity) }),
  },
});

describe('a logits processor', () => {
  it('changes what is sampled, greedy or not, for the requests that name it alone', async () => {
    const { engine } = anEngine(plugin);
    engine.add(aRequest('with', [{ name: 'spell', parameters: { text: 'xyz' } }]));
    engine.add(aRequest('drawn', [{ name: 'spell', parameters: { text: 'xyz' } }], { temperature: 0.5, seed: 1 }));
    engine.add(aRequest('without'));
    const results = await finish(engine);
    expect(results.get('with')!.text).toBe('xyzB');
    expect(results.get('drawn')!.text.slice(0, 3)).toBe('xyz');
    expect(results.get('without')!.text).toBe('ABAB');
  });

  it('is made anew for every sequence', async () => {
    const { engine } = anEngine(plugin);
    engine.add({ ...aRequest('a', [{ name: 'count' }]), n: 2 });
    engine.add(aRequest('b', [{ name: 'count' }]));
    const results = await finish(engine);
    expect(['a', 'a#1', 'b'].map((id) => results.get(id)!.text)).toEqual(['ABCD', 'ABCD', 'ABCD']);
  });

  it('is applied in the order of the request, before its bias', async () => {
    const { engine } = anEngine(plugin);
    const both = ['xx', 'yy'].map((text) => ({ name: 'spell', parameters: { text } }));
    engine.add(aRequest('a', both, { maxNewTokens: 1, logitBias: new Map([['y'.charCodeAt(0), 1]]) }));
    engine.add(aRequest('b', both, { maxNewTokens: 1 }));
    const results = await finish(engine);
    expect([results.get('a')!.text, results.get('b')!.text]).toEqual(['y', 'x']);
  });

  it('cannot lead out of a JSON schema', async () => {
    const { engine } = anEngine(plugin);
    const jsonSchema = { enum: ['ok'] };
    engine.add(aRequest('a', [{ name: 'spell', parameters: { text: 'xyz' } }], { jsonSchema, maxNewTokens: 9 }));
    expect((await finish(engine)).get('a')!.text).toBe('"ok"');
  });

  it('leaves the log probabilities those of the model', async () => {
    const logprobOf = async (logitsProcessors: LogitsProcessorRequest[]): Promise<number> => {
      const { engine } = anEngine(plugin);
      engine.add(aRequest('a', logitsProcessors, { topLogprobs: 1, maxNewTokens: 1 }));
      return (await engine.step())!.outputs[0].logprobs![0].top[0].logprob;
    };
    expect(await logprobOf([{ name: 'spell', parameters: { text: 'x' } }])).toBe(await logprobOf([]));
  });

  it.each([
    ['throws', { name: 'fail' }, 'A', /logits processor "fail" failed: no more/],
    ['leaves a logit that is not a number', { name: 'spoil' }, '', /"spoil" failed: it left a logit/],
    ['leaves an infinite logit', { name: 'spoil', parameters: { infinite: true } }, '', /"spoil" failed: it left a/],
  ])('that %s fails its request alone, below 500', async (_, processor, text, message) => {
    const { engine, runner } = anEngine(plugin);
    engine.add(aRequest('bad', [processor]));
    engine.add(aRequest('good'));
    const results = await finish(engine);
    expect(results.get('bad')).toMatchObject({ text, error: 'plugin_failed', message: expect.stringMatching(message) });
    expect(results.get('good')).toMatchObject({ text: 'ABAB', isFinished: true });
    expect(runner.slots.size).toBe(0);
  });

  it('that forbids all tokens is an invalid request', async () => {
    const { engine } = anEngine(plugin);
    engine.add(aRequest('a', [{ name: 'forbid' }]));
    expect((await finish(engine)).get('a')!.error).toBe('invalid_request');
  });

  it.each([
    [
      'an unknown name, with the known ones',
      [{ name: 'toString' }],
      /no logits processor "toString"; it has "spell", "/,
    ],
    ['more than eight', Array.from({ length: 9 }, () => ({ name: 'count' })), /names 9 .*at most 8/],
    [
      'large parameters',
      [{ name: 'spell', parameters: { text: 'é'.repeat(2048) } }],
      /"spell" have 4107 bytes; at most 4096/,
    ],
    ['parameters that are no object', [{ name: 'spell', parameters: [] as never }], /"spell" must be an object/],
    [
      'parameters that the processor refuses',
      [{ name: 'spell' }],
      /"spell" refuses the request: "text" must be a text/,
    ],
  ])('is refused by name: %s', (_, processors, message) => {
    const { engine } = anEngine(plugin);
    const expected = expect.objectContaining({
      code: 'invalid_request',
      status: 422,
      message: expect.stringMatching(message),
    });
    expect(() => engine.add(aRequest('a', processors))).toThrow(expected);
    expect(engine.hasWork).toBe(false);
  });

  it('is refused by a model without a plugin', () => {
    const { engine } = anEngine();
    expect(() => engine.add(aRequest('a', [{ name: 'spell' }]))).toThrow(/no logits processor "spell"; it has none/);
  });
});

describe('an output transform', () => {
  /** Holds back one character. */
  const delaying = defineEnginePlugin({
    output: ({ promptTokens }) => {
      let held = `<${promptTokens.join()}>`;
      return {
        write: (text) => {
          const ready = held;
          held = text.toLowerCase();
          return ready;
        },
        end: () => `${held}.`,
      };
    },
  });

  it('changes the text as it comes, and ends it', async () => {
    const { engine } = anEngine(delaying);
    engine.add(aRequest('a'));
    expect((await finish(engine)).get('a')).toMatchObject({ pieces: ['<1,2>', 'a', 'b', 'ab.'], text: '<1,2>abab.' });
  });

  it('sees the text before a stop string, which is found in what the model writes', async () => {
    const { engine } = anEngine(delaying);
    engine.add(aRequest('a', [], { stop: ['BA'] }));
    engine.add(aRequest('b', [], { stop: ['ba'] }));
    const results = await finish(engine);
    expect([results.get('a')!.text, results.get('b')!.text]).toEqual(['<1,2>a.', '<1,2>abab.']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      /output transform failed: broken/,
    ],
    ['returns no text', () => 7 as never, /output transform failed: it returned a value of type number/],
  ])('that %s fails its request alone', async (_, write, message) => {
    const failing = defineEnginePlugin({
      output: ({ promptTokens }) => ({ write: promptTokens[0] === 9 ? write : (text) => text, end: () => '' }),
    });
    const { engine } = anEngine(failing);
    engine.add({ ...aRequest('bad'), prompt: [9] });
    engine.add(aRequest('good'));
    const results = await finish(engine);
    expect(results.get('bad')).toMatchObject({ error: 'plugin_failed', message: expect.stringMatching(message) });
    expect(results.get('good')).toMatchObject({ text: 'ABAB', isFinished: true });
  });
});
