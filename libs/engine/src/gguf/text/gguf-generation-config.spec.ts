import { describe, expect, it } from 'vitest';
import { GgufMetadata } from '../gguf-metadata.js';
import { readGgufGenerationConfig } from './gguf-generation-config.js';

const NORMAL = 1;
const CONTROL = 3;
const USER_DEFINED = 4;

/** The configuration of a file whose tokens are these, each with its type. */
function read(
  tokens: Record<string, number>,
  values: Parameters<typeof GgufMetadata.of>[1] = {},
): ReturnType<typeof readGgufGenerationConfig> {
  const vocabulary = {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.tokens': Object.keys(tokens),
    'tokenizer.ggml.token_type': Int32Array.from(Object.values(tokens)),
  };
  return readGgufGenerationConfig(GgufMetadata.of('model.gguf', { ...vocabulary, ...values }));
}

describe(readGgufGenerationConfig, () => {
  it('ends texts at the tokens with that role', () => {
    const roles = ['eos', 'eot', 'eom'].map((role, id) => [`tokenizer.ggml.${role}_token_id`, id + 1]);
    const config = read({ a: NORMAL, b: NORMAL, c: NORMAL, d: NORMAL, e: CONTROL }, Object.fromEntries(roles));
    expect(config).toEqual({ eosTokenIds: [1, 2, 3], defaults: {}, warnings: [] });
  });

  it('ends texts at control and user-defined tokens whose text says so', () => {
    const ends = { '<|im_end|>': CONTROL, '<end_of_turn>': USER_DEFINED, '<|file_sep|>': CONTROL, '</s>': CONTROL };
    expect(read({ a: NORMAL, ...ends, '<|im_start|>': CONTROL }).eosTokenIds).toEqual([1, 2, 3, 4]);
  });

  it('never ends a text at HTML', () => {
    expect(read({ a: NORMAL, '</s>': NORMAL }).eosTokenIds).toEqual([]);
    expect(read({ a: NORMAL, '</s>': USER_DEFINED }).eosTokenIds).toEqual([]);
  });

  it('takes the sampling that the file recommends', () => {
    const { defaults, warnings } = read(
      { a: NORMAL },
      {
        'general.sampling.temp': 0.6,
        'general.sampling.top_k': 20,
        'general.sampling.top_p': 0.95,
        'general.sampling.min_p': 0,
        'general.sampling.penalty_repeat': 1.1,
        'general.sampling.mirostat': 0,
      },
    );
    expect(defaults).toEqual({ temperature: 0.6, topK: 20, topP: 0.95, minP: 0, repetitionPenalty: 1.1 });
    expect(warnings).toEqual([]);
  });

  it('ignores values that no sampler can compute with, and names them', () => {
    const { defaults, warnings } = read({ a: NORMAL }, { 'general.sampling.top_p': 2 });
    expect(defaults).toEqual({});
    expect(warnings).toEqual(['model.gguf: "general.sampling.top_p": 2 is ignored; it must be a number from 0 to 1.']);
  });

  it('refuses a file without tokens', () => {
    expect(() => readGgufGenerationConfig(GgufMetadata.of('model.gguf', {}))).toThrow(/^model.gguf has no tokens/);
  });
});
