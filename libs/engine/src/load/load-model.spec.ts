import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from './load-model.js';

const STORYTELLER = resolve(import.meta.dirname, '../../../../models/storyteller');

const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9876543\n';

describe(loadModel, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-folder-'));
    cpSync(STORYTELLER, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string): string => join(folder, name);
  const editConfig = (changes: Record<string, unknown>): void => {
    const config = JSON.parse(readFileSync(file('config.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(file('config.json'), JSON.stringify({ ...config, ...changes }));
  };
  /** Rewrites the safetensors header; the data stays as it is. */
  const editHeader = (edit: (header: Record<string, { shape: number[]; dtype: string }>) => void): void => {
    const bytes = readFileSync(file('model.safetensors'));
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    edit(header);
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file('model.safetensors'), Buffer.concat([size, text, bytes.subarray(8 + length)]));
  };

  const replaceWeights = (name: string): void => renameSync(file('model.safetensors'), file(name));

  const cases: [name: string, damage: () => void, code: string, message: RegExp][] = [
    ['the folder is missing', () => rmSync(folder, { recursive: true }), 'model_invalid', /does not exist/],
    ['config.json is missing', () => rmSync(file('config.json')), 'model_invalid', /config\.json is missing/],
    [
      'the architecture has the name of something else',
      () => editConfig({ architectures: ['constructor'] }),
      'model_unsupported',
      /architecture "constructor" is not supported/,
    ],
    [
      'a size that no model has',
      () => editConfig({ num_hidden_layers: 1e10 }),
      'model_invalid',
      /"num_hidden_layers" must be a positive integer of at most 1000/,
    ],
    [
      'a folder in the place of the weights',
      () => {
        rmSync(file('model.safetensors'));
        mkdirSync(file('model.safetensors'));
      },
      'model_invalid',
      /model\.safetensors/,
    ],
    [
      'config.json is not JSON',
      () => writeFileSync(file('config.json'), '{'),
      'model_invalid',
      /config\.json is not valid JSON/,
    ],
    ['tokenizer.json is missing', () => rmSync(file('tokenizer.json')), 'model_invalid', /tokenizer\.json is missing/],
    [
      'the weights are missing',
      () => rmSync(file('model.safetensors')),
      'model_invalid',
      /model\.safetensors is missing/,
    ],
    [
      'a shard is missing',
      () => {
        rmSync(file('model.safetensors'));
        writeFileSync(file('model.safetensors.index.json'), '{"weight_map":{"a":"model-1-of-2.safetensors"}}');
      },
      'model_invalid',
      /model-1-of-2\.safetensors is missing/,
    ],
    [
      'the weights are truncated',
      () => truncateSync(file('model.safetensors'), 1_000_000),
      'model_invalid',
      /truncated: tensor "model\.[^"]+" ends at byte/,
    ],
    ['the weights are empty', () => truncateSync(file('model.safetensors'), 0), 'model_invalid', /truncated: 0 bytes/],
    [
      'the header lies about its length',
      () => {
        const bytes = readFileSync(file('model.safetensors'));
        bytes.writeBigUInt64LE(2n ** 60n);
        writeFileSync(file('model.safetensors'), bytes);
      },
      'model_invalid',
      /header claims 1152921504606847000 bytes/,
    ],
    [
      'the header is shorter than it says',
      () => {
        const bytes = readFileSync(file('model.safetensors'));
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE() - 20n);
        writeFileSync(file('model.safetensors'), bytes);
      },
      'model_invalid',
      /header is not valid JSON/,
    ],
    [
      'a tensor has a wrong shape',
      () => editHeader((header) => (header['model.norm.weight'].shape = [2, 96])),
      'model_invalid',
      /"model\.norm\.weight" has shape \[2,96\], but config\.json asks for \[192\]/,
    ],
    [
      'a tensor does not fill its bytes',
      () => editHeader((header) => (header['model.norm.weight'].shape = [191])),
      'model_invalid',
      /"model\.norm\.weight" spans 384 bytes, but F16 \[191\] takes 382/,
    ],
    [
      'a tensor is missing',
      () => editHeader((header) => delete header['model.layers.3.mlp.up_proj.weight']),
      'model_invalid',
      /no tensor "model\.layers\.3\.mlp\.up_proj\.weight"/,
    ],
    [
      'a tensor is left over',
      () => editHeader((header) => (header['model.layers.0.self_attn.q_norm.weight'] = header['model.norm.weight'])),
      'model_unsupported',
      /"model\.layers\.0\.self_attn\.q_norm\.weight" is not part/,
    ],
    [
      'a tensor has an integer type',
      () => editHeader((header) => (header['model.norm.weight'].dtype = 'I16')),
      'model_unsupported',
      /"model\.norm\.weight" has type I16/,
    ],
    [
      'the architecture is unknown',
      () => editConfig({ architectures: ['MambaForCausalLM'] }),
      'model_unsupported',
      /"MambaForCausalLM" is not supported/,
    ],
    [
      'the rotary embedding is scaled in an unknown way',
      () => editConfig({ rope_scaling: { rope_type: 'proportional', factor: 4 } }),
      'model_unsupported',
      /rope type "proportional"/,
    ],
    [
      'the activation is unknown',
      () => editConfig({ hidden_act: 'gelu' }),
      'model_unsupported',
      /"hidden_act": "gelu"/,
    ],
    [
      'a size makes no sense',
      () => editConfig({ hidden_size: -1 }),
      'model_invalid',
      /"hidden_size" must be a positive integer/,
    ],
    [
      'a head has a size that attention does not take',
      () => editConfig({ head_dim: 100 }),
      'model_unsupported',
      /head_dim \(100\) is not supported/,
    ],
    [
      'the weights are quantized in another way',
      () => editConfig({ quantization_config: { quant_method: 'gptq', bits: 4 } }),
      'model_unsupported',
      /"quantization_config" .* \("gptq"\)/,
    ],
    [
      'the rotary embedding is scaled, beside parameters that are not',
      () => editConfig({ rope_parameters: { rope_type: 'default' }, rope_scaling: { type: 'dynamic', factor: 2 } }),
      'model_unsupported',
      /rope type "dynamic"/,
    ],
    [
      'the weights are a GGUF file',
      () => replaceWeights('model-Q4_K_M.gguf'),
      'model_invalid',
      /has no model\.safetensors, but the GGUF file model-Q4_K_M\.gguf: name it in "path"/,
    ],
    [
      'the ONNX file is none',
      () => replaceWeights('model.onnx'),
      'model_invalid',
      /model\.onnx is no ONNX file, or a damaged one/,
    ],
    ['the weights are a checkpoint', () => replaceWeights('pytorch_model.bin'), 'model_unsupported', /PyTorch/],
    ['the folder holds an adapter', () => replaceWeights('adapter_model.safetensors'), 'model_unsupported', /adapter/],
    [
      'shards lost their index',
      () => replaceWeights('model-00001-of-00002.safetensors'),
      'model_invalid',
      /index\.json, which lists shards such as model-00001/,
    ],
    [
      'the weights were not fetched',
      () => writeFileSync(file('model.safetensors'), LFS_POINTER),
      'model_invalid',
      /model\.safetensors is a Git LFS pointer/,
    ],
    [
      'the tokenizer was not fetched',
      () => writeFileSync(file('tokenizer.json'), LFS_POINTER),
      'model_invalid',
      /tokenizer\.json is a Git LFS pointer/,
    ],
    ['the heads do not divide', () => editConfig({ num_key_value_heads: 4 }), 'model_invalid', /not a multiple/],
  ];
  it.each(cases)('says in one line that %s', async (_, damage, code, message) => {
    damage();
    const error = await loadModel({ path: folder, maxBatchSize: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('\n');
  });

  it.each([
    ['something that is called a GGUF file', 'model.gguf', 'model_invalid', /is no GGUF file/],
    ['the weights alone', 'model.safetensors', 'model_unsupported', /is a single safetensors file/],
    ['a file of another kind', 'config.json', 'model_invalid', /config\.json is a file\. A model is a folder/],
  ])('says that a path leads to %s', async (_, name, code, message) => {
    if (!existsSync(file(name))) replaceWeights(name);
    const error = await loadModel({ path: file(name), maxBatchSize: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each(['cuda', 'webgpu'] as const)('refuses prompt lookup on %s, also where it would fall back', async (name) => {
    const options = { path: folder, maxBatchSize: 1, promptLookup: 8, provider: { name }, fallback: 'cpu' } as const;
    await expect(loadModel(options)).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('Prompt lookup runs on the CPU only'),
    });
  });

  it('ends a text at each end that one of its files names', async () => {
    editConfig({ eos_token_id: 3 });
    writeFileSync(file('generation_config.json'), '{"eos_token_id":[4,5]}');
    const { eosTokenIds, runner } = await loadModel({ path: folder, maxBatchSize: 1 });
    expect(eosTokenIds).toEqual([3, 4, 5, 0]);
    await runner.release();
  });

  it('takes no more than a quarter of a million positions by itself', async () => {
    editConfig({ max_position_embeddings: 2 ** 24 });
    const { runner, warnings } = await loadModel({ path: folder, maxBatchSize: 1 });
    expect(runner.contextLength).toBe(262_144);
    expect(warnings).toContain(
      'Its context is 262144 of the 16777216 positions that it was made for. Set context_length for more.',
    );
    await runner.release();
  });

  it('refuses a context longer than the model was made for', async () => {
    const options = { path: folder, maxBatchSize: 1, contextLength: 2048 };
    await expect(loadModel(options)).rejects.toThrow(/2048 exceeds the 1024 positions/);
  });
});
