import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedEncoder, loadEncoder, loadModel, type ModelOptions } from '@frontier/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GoldenEncoder, goldenEncoders, writeGoldenEncoder } from '../support/golden-encoders.ts';
import { elements, safetensors } from '../support/golden-tensors.ts';

const [golden] = goldenEncoders();

describe(loadEncoder, () => {
  let folder: string;
  const loaded: LoadedEncoder[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-encoder-'));
    writeGoldenEncoder(folder, golden);
  });
  afterEach(async () => {
    for (const { runner } of loaded.splice(0)) await runner.release();
    rmSync(folder, { recursive: true });
  });

  const load = async (options: Partial<ModelOptions> = {}): Promise<LoadedEncoder> => {
    const model = await loadEncoder({ path: folder, maxBatchSize: 8, ...options });
    loaded.push(model);
    return model;
  };
  const vectorsOf = async (model: LoadedEncoder): Promise<(Float32Array | undefined)[]> =>
    (await model.runner.encode(golden.inputs)).map((tokens) => model.outputs.of(tokens, 'vector'));

  it.each(['fp32', 'int8'] as const)('takes the graph from the cache, with the same bits, in %s', async (precision) => {
    const graphCache = join(folder, 'graphs');
    const first = await load({ graphCache, precision });
    const second = await load({ graphCache, precision });
    expect([first.graphOrigin, second.graphOrigin]).toEqual(['built', 'cached']);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(await vectorsOf(second)).toEqual(await vectorsOf(first));
  });

  it('has another fingerprint for another precision, pooling or length', async () => {
    const prints = new Set([(await load()).fingerprint]);
    prints.add((await load({ precision: 'int8' })).fingerprint);
    prints.add((await load({ contextLength: 32 })).fingerprint);
    writeFileSync(join(folder, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode: 'cls' }));
    prints.add((await load()).fingerprint);
    expect(prints.size).toBe(4);
  });

  it.each(['fp32', 'int8'] as const)('keeps a text that is not finite from its neighbours in %s', async (precision) => {
    const sound = await vectorsOf(await load({ precision }));
    const token = golden.inputs[1].tokens[1];
    const others = golden.inputs.map(({ tokens }) => !tokens.includes(token));
    writeFileSync(join(folder, 'model.safetensors'), poisoned(golden, token));
    const vectors = await vectorsOf(await load({ precision }));
    expect(others.filter(Boolean).length).toBeGreaterThan(1);
    expect(vectors.map((vector, i) => (others[i] ? vector : 'poisoned'))).toEqual(
      sound.map((vector, i) => (others[i] ? vector : 'poisoned')),
    );
    if (precision === 'fp32') expect(vectors[1]).toBeUndefined();
  });

  it.each<[Partial<ModelOptions>, RegExp]>([
    [{ precision: 'int4' }, /is an encoder, which has no int4 layers/],
    [{ provider: { name: 'cuda' } }, /Encoders run on the CPU alone, not on the provider cuda/],
    [{ plugin: './plugin.mjs' }, /is an encoder, which takes no plugin/],
    [{ promptLookup: 4 }, /is an encoder: it has no prompt lookup/],
    [{ contextLength: 65 }, /exceeds the 64 positions/],
  ])('refuses %j', async (options, message) => {
    await expect(load(options)).rejects.toThrow(message);
  });

  it('refuses tensors that are missing or left over', async () => {
    const { 'encoder.layer.1.output.dense.bias': _, ...fewer } = golden.tensors;
    writeGoldenEncoder(folder, { ...golden, tensors: fewer });
    await expect(load()).rejects.toThrow(/no tensor "encoder\.layer\.1\.output\.dense\.bias"/);
    writeGoldenEncoder(folder, { ...golden, tensors: { ...golden.tensors, 'encoder.layer.3.gate': [48] } });
    await expect(load()).rejects.toThrow(/"encoder\.layer\.3\.gate" is not part of the supported architecture/);
  });

  it('takes no longer texts of a decoder than a pass should, unless it is asked to, and says so', async () => {
    const decoder = goldenEncoders().find(({ name }) => name.startsWith('Qwen3: last token'))!;
    writeGoldenEncoder(folder, { ...decoder, config: { ...decoder.config, max_position_embeddings: 4096 } });
    const [short, long] = [await load(), await load({ contextLength: 4096 })];
    expect([short.maxTokens, long.maxTokens]).toEqual([2048, 4096]);
    expect(short.warnings).toEqual([expect.stringMatching(/has 2048 of 4096 tokens.* Set context_length for more/)]);
    expect(long.warnings).toEqual([]);
    await expect(load({ contextLength: 4097 })).rejects.toThrow(/exceeds the 4096 positions/);
    const tokens = Int32Array.from({ length: 4096 }, (_, i) => i % 320);
    const [vectors] = await long.runner.encode([{ tokens }]);
    expect(long.outputs.of(vectors, 'vector')).toHaveLength(64);
  });

  it('says of a model of the other kind what it is', async () => {
    await expect(loadModel({ path: folder, maxBatchSize: 1 })).rejects.toThrow(/is an encoder: it generates nothing/);
    const storyteller = join(import.meta.dirname, '../../models/storyteller');
    await expect(load({ path: storyteller })).rejects.toThrow(/generates; it is no encoder/);
  });
});

/** The weights of a model whose embedding of one token is not a number. */
function poisoned({ tensors }: GoldenEncoder, token: number): Uint8Array {
  const made = Object.entries(tensors).map(([name, shape]) => {
    const data = elements(name, shape);
    if (name === 'embeddings.word_embeddings.weight') data.fill(NaN, token * 48, (token + 1) * 48);
    return [name, { shape, data }] as const;
  });
  return safetensors(new Map(made));
}
