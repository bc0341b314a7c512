import 'reflect-metadata';
import { BatchingService } from '@frontier/batching';
import { AppError } from '@frontier/errors';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EncoderService } from './encoder.service.js';
import type { ResponseCacheKey } from './cache/response-cache.js';
import { ModelRegistry } from './model-registry.js';
import { InferenceTestingModule, type InferenceTestingModuleOptions } from './testing/inference-testing.module.js';

async function started(options: InferenceTestingModuleOptions) {
  const module = await Test.createTestingModule({ imports: [InferenceTestingModule.forRoot(options)] }).compile();
  await module.init();
  onTestFinished(() => module.close());
  return {
    encoders: module.get(EncoderService),
    models: module.get(ModelRegistry),
    batching: module.get(BatchingService),
  };
}

const embedder = { encodes: (text: unknown) => [(text as string).length, 1] };
const judge = { encodes: () => [1], info: { task: 'rerank', outputSize: 1 } } as const;
const chat = { answers: 'Hi.' };

function aCache() {
  const entries = new Map<string, unknown>();
  const keyOf = ({ caller, key }: ResponseCacheKey): string => `${caller}/${key}`;
  const store = {
    get: <T>(key: ResponseCacheKey) => entries.get(keyOf(key)) as T | undefined,
    set: (key: ResponseCacheKey, value: unknown) => void entries.set(keyOf(key), JSON.parse(JSON.stringify(value))),
    clear: () => entries.clear(),
  };
  return { store, ttlMs: 1000 };
}

describe(EncoderService, () => {
  it('gives the vectors of texts, in their order, with the tokens of each', async () => {
    const { encoders } = await started({ models: { embedder } });
    const { model, values, tokens } = await encoders.embed({ inputs: ['one two', 'a'] });
    expect([model, values.map((vector) => [...vector]), tokens]).toEqual([
      'embedder',
      [
        [7, 1],
        [1, 1],
      ],
      [2, 1],
    ]);
  });

  it('keeps results by their request, and apart for each principal', async () => {
    const { encoders } = await started({ models: { embedder }, cache: aCache() });
    const statusOf = async (request: object): Promise<string> =>
      (await encoders.embed({ inputs: ['a b'], ...request })).cache;
    expect(await statusOf({})).toBe('MISS');
    expect(await statusOf({})).toBe('HIT');
    expect(await statusOf({ principal: { id: 'other' } })).toBe('MISS');
    expect(await statusOf({ truncateTo: 1 })).toBe('MISS');
    expect(await statusOf({ addSpecialTokens: false })).toBe('MISS');
    expect(await statusOf({ cache: { noStore: true } })).toBe('BYPASS');
    const { values, tokens } = await encoders.embed({ inputs: ['a b'] });
    expect([[...values[0]], tokens]).toEqual([[3, 1], [2]]);
  });

  it('computes equal requests at once only once', async () => {
    let computed = 0;
    const counted = { encodes: () => [++computed] };
    const { encoders } = await started({ models: { counted } });
    const results = await Promise.all([1, 2, 3].map(() => encoders.embed({ inputs: ['a'] })));
    expect(results.map(({ cache }) => cache).toSorted()).toEqual(['BYPASS', 'COALESCED', 'COALESCED']);
    expect(computed).toBe(1);
  });

  it('shares nothing between principals', async () => {
    const { encoders } = await started({ models: { embedder } });
    const results = await Promise.all(['a', 'b'].map((id) => encoders.embed({ inputs: ['a'], principal: { id } })));
    expect(results.map(({ cache }) => cache)).toEqual(['BYPASS', 'BYPASS']);
  });

  it('reserves the tokens of its inputs, and settles with those that were read', async () => {
    const amounts: [string, number][] = [];
    const tokens = {
      reserve: async (_: unknown, amount: number) => {
        amounts.push(['reserve', amount]);
        return { state: {} as never, settle: (used: number) => void amounts.push(['settle', used]) };
      },
    };
    const { encoders } = await started({ models: { embedder }, tokens });
    await encoders.embed({ inputs: ['a b c', 'd'] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(amounts).toEqual([
      ['reserve', 4],
      ['settle', 4],
    ]);
  });

  it('fails alone where its encoder fails', async () => {
    const fragile = {
      encodes: (text: unknown) => {
        if (text === 'bad') throw new Error('broken');
        return [1];
      },
    };
    const { encoders } = await started({ models: { fragile } });
    const [bad, good] = await Promise.allSettled([
      encoders.embed({ inputs: ['good', 'bad'] }),
      encoders.embed({ inputs: ['good'] }),
    ]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
  });

  it("counts a vector that is not finite as its breaker's fault, and no request that is refused", async () => {
    const outcomes: unknown[] = [];
    const permit = {
      succeed: () => void outcomes.push('success'),
      fail: (error: unknown) => void outcomes.push(error),
      abandon: () => void outcomes.push('unknown'),
    };
    const fault = new AppError('not finite', { code: 'engine_error', status: 500 });
    const fragile = {
      encodes: (text: unknown) => {
        if (text === 'bad') throw fault;
        return [1];
      },
      info: { maxTokens: 2 },
    };
    const breakers = { get: () => ({ admit: () => permit }) };
    const { encoders } = await started({ models: { fragile }, breakers });
    await encoders.embed({ inputs: ['good'] });
    await expect(encoders.embed({ inputs: ['good', 'bad'] })).rejects.toBe(fault);
    await expect(encoders.embed({ inputs: ['far too long'] })).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
    expect(outcomes).toEqual(['success', fault]);
  });

  it('refuses vectors of more numbers than there is room for', async () => {
    const wide = { encodes: () => [1], info: { outputSize: 2 ** 20, maxTokens: 10 } };
    const { encoders } = await started({ models: { wide } });
    const asked = { task: 'embed', output: 'tokens' } as const;
    await expect(encoders.encode({ ...asked, inputs: ['a b c d'] })).resolves.toMatchObject({ tokens: [4] });
    await expect(encoders.encode({ ...asked, inputs: ['a b c d e'] })).rejects.toThrow(/5 tokens.*at most 4/);
  });
});

describe('ModelRegistry.forTask', () => {
  it('takes the default model where it can do the task, else the first that can', async () => {
    const models = { chat, embedder, second: embedder, judge };
    const { models: registry } = await started({ models, defaultModel: 'second' });
    expect(registry.forTask('embed').name).toBe('second');
    expect(registry.forTask('rerank').name).toBe('judge');
    expect(registry.forTask('classify').name).toBe('judge');
    expect(registry.forTask('embed', 'embedder').name).toBe('embedder');
  });

  it('takes none that the principal may not use', async () => {
    const { models: registry } = await started({ models: { embedder, second: embedder } });
    expect(registry.forTask('embed', undefined, { id: 'me', models: ['second'] }).name).toBe('second');
    expect(() => registry.forTask('embed', 'embedder', { id: 'me', models: ['second'] })).toThrow(
      /no model "embedder"/,
    );
  });

  it('says what a named model can, and that there is none', async () => {
    const { models: registry } = await started({ models: { chat, embedder } });
    expect(() => registry.forTask('embed', 'chat')).toThrow(/generates text/);
    expect(() => registry.forTask('rerank', 'embedder')).toThrow(/makes embeddings/);
    expect(() => registry.forTask('rerank')).toThrow(/No model of this server can rerank/);
  });

  it('takes none in the place of one that loads for the first time, but of one that failed', async () => {
    const { models: registry, batching } = await started({ models: { embedder, second: embedder } });
    const engine = batching.engine('embedder');
    vi.spyOn(batching, 'task').mockImplementation((name) => (name === 'embedder' ? undefined : 'embed'));
    Reflect.set(engine, 'currentState', { phase: 'loading' });
    expect(registry.forTask('embed').name).toBe('embedder');
    Reflect.set(engine, 'currentState', { phase: 'failed', error: {} });
    expect(registry.forTask('embed').name).toBe('second');
  });

  it("takes none in a restarting one's place", async () => {
    const { models: registry, batching, encoders } = await started({ models: { embedder, second: embedder } });
    Reflect.set(batching.engine('embedder'), 'currentState', { phase: 'restarting', reason: 'test' });
    expect(registry.forTask('embed').name).toBe('embedder');
    await expect(encoders.embed({ inputs: ['a'] })).rejects.toMatchObject({ code: 'model_loading' });
  });
});
