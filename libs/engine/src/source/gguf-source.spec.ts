import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAppError } from '@frontier/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { ggufBytes, type GgufWriterValue } from '../testing/gguf-writer.js';
import { GgufSource } from './gguf-source.js';

/** Printable characters of byte-level BPE, as far as they are bytes themselves. */
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const METADATA: Record<string, GgufWriterValue> = {
  'general.architecture': 'llama',
  'llama.context_length': 64,
  'llama.embedding_length': 16,
  'llama.block_count': 1,
  'llama.feed_forward_length': 16,
  'llama.attention.head_count': 2,
  'llama.attention.head_count_kv': 1,
  'llama.attention.layer_norm_rms_epsilon': 0.001,
  'llama.rope.freq_base': 0.5,
  'llama.rope.scaling.type': 'linear',
  'llama.rope.scaling.factor': 2,
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'gpt-2',
  'tokenizer.ggml.tokens': ['<|end|>', ...LETTERS, 'ab', 'abc'],
  'tokenizer.ggml.token_type': Int32Array.from({ length: 29 }, (_, id) => (id === 0 ? 3 : 1)),
  'tokenizer.ggml.merges': ['a b', 'ab c'],
  'tokenizer.ggml.bos_token_id': 0,
  'tokenizer.ggml.eos_token_id': 0,
  'tokenizer.ggml.add_bos_token': true,
  'tokenizer.chat_template': '{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}',
  'general.sampling.temp': 0.5,
};
const SOUND = ggufBytes(METADATA, [
  { name: 'token_embd.weight', shape: [29, 16], data: new Float32Array(29 * 16) },
  { name: 'rope_freqs.weight', shape: [4], data: Float32Array.of(1, 2, 4, 8) },
]);

describe(GgufSource, () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-source-'));
  const path = join(folder, 'model.gguf');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Reads all that a file says. */
  const readAll = (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    const source = new GgufSource(path);
    const read = {
      config: source.readConfig(),
      generation: source.readGenerationConfig(),
      tokenizer: source.readTokenizer(),
      template: source.readChatTemplate(),
    };
    source.openWeights().close();
    return read;
  };

  it('reads shape, tokens, template and defaults from one file, whose weights are its whole identity', () => {
    const { config, generation, tokenizer, template } = readAll(SOUND);
    expect(config).toMatchObject({ vocabSize: 29, headDim: 8, tieWordEmbeddings: true });
    expect(generation).toMatchObject({ eosTokenIds: [0], defaults: { temperature: 0.5 } });
    expect(tokenizer).toMatchObject({ vocabSize: 29, warnings: [] });
    expect(template.source).toContain('bos_token');
    const source = new GgufSource(path);
    expect(source.textDigests()).toEqual([]);
    const weights = source.openWeights();
    expect(weights.paths).toEqual([path]);
    weights.close();
  });

  it('reads a damaged file, or refuses it in one line that names it', () => {
    // The header, as far as the bytes of the tensors.
    const headerBytes = SOUND.length - 29 * 16 * 4 - 32;
    let state = 20_261_126;
    const random = (bound: number): number => (state = (state * 48_271) % 2_147_483_647) % bound;
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const bytes = Buffer.from(SOUND);
      for (let changes = 1 + random(3); changes > 0; changes--) {
        const at = 24 + random(headerBytes - 24);
        // A bit, which leaves most lengths sound, or a byte.
        bytes[at] = random(2) === 0 ? bytes[at] ^ (1 << random(8)) : random(256);
      }
      try {
        readAll(bytes);
      } catch (error) {
        refused++;
        const isRefusal = isAppError(error) && ['model_invalid', 'model_unsupported'].includes(error.code);
        if (!isRefusal || error.message.includes('\n') || !error.message.includes(path)) throw error;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
