import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type TextTokenizer } from '../../text/text-tokenizer.js';
import type { TokenizerFiles } from '../../text/tokenizer-files.js';
import { GgufMetadata } from '../gguf-metadata.js';
import { readGgufTokenizer } from './gguf-tokenizer.js';
import { readPreTokenizer } from './pre-tokenizers.js';

type Metadata = Parameters<typeof GgufMetadata.of>[1];

interface Golden {
  metadata: Record<string, string | number | boolean | string[] | number[]>;
  cases: { text: string; ids: number[]; decoded?: string }[];
}

const PATH = resolve(import.meta.dirname, '../../../../../test/goldens/gguf-tokenizers.json');
const { aliases, tokenizers } = JSON.parse(readFileSync(PATH, 'utf8')) as {
  aliases: Record<string, string>;
  tokenizers: Record<string, Golden>;
};
const NAMES = Object.keys(tokenizers);
const COMPLETE = NAMES.filter((name) => name !== 'llama without bytes');
const [BYTES, SENTENCES] = ['gpt2 llama-bpe', 'llama'];
const [MERGE] = tokenizers[BYTES].metadata['tokenizer.ggml.merges'] as string[];

/** The metadata of a golden tokenizer as a file has them, with changes; `undefined` takes a key away. */
function metadataOf(name: string, changes: Record<string, Metadata[string] | undefined> = {}): GgufMetadata {
  const { metadata } = tokenizers[name];
  const typed: Record<string, Metadata[string] | undefined> = {
    ...metadata,
    'tokenizer.ggml.token_type': Int32Array.from(metadata['tokenizer.ggml.token_type'] as number[]),
    ...('tokenizer.ggml.scores' in metadata && {
      'tokenizer.ggml.scores': Float32Array.from(metadata['tokenizer.ggml.scores'] as number[]),
    }),
    ...changes,
  };
  const given = Object.entries(typed).filter((entry): entry is [string, Metadata[string]] => entry[1] !== undefined);
  return GgufMetadata.of('model.gguf', Object.fromEntries(given));
}

const tokensOf = (name: string): string[] => tokenizers[name].metadata['tokenizer.ggml.tokens'] as string[];
const typesOf = (name: string): Int32Array =>
  Int32Array.from(tokenizers[name].metadata['tokenizer.ggml.token_type'] as number[]);

function read(name: string, changes: Parameters<typeof metadataOf>[1] = {}): TokenizerFiles {
  return readGgufTokenizer(metadataOf(name, changes), tokensOf(name).length);
}

function load(name: string, changes: Parameters<typeof metadataOf>[1] = {}): TextTokenizer {
  return createTokenizer(read(name, changes));
}

/** The types of a golden's tokens, with another one for one token. */
function retyped(name: string, token: string, type: number): Record<string, Int32Array> {
  const types = typesOf(name);
  types[tokensOf(name).indexOf(token)] = type;
  return { 'tokenizer.ggml.token_type': types };
}

describe(readGgufTokenizer, () => {
  it.each(NAMES)('encodes and decodes as the original: %s', (name) => {
    const tokenizer = load(name);
    for (const { text, ids, decoded = text } of tokenizers[name].cases) {
      expect([...tokenizer.encode(text, false)], `${name}: ${JSON.stringify(text)}`).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  it.each(Object.entries(aliases))('cuts words for the name %s as for %s', (name, original) => {
    const preTokenizerOf = (pre: string): unknown =>
      readPreTokenizer(GgufMetadata.of('model.gguf', { 'tokenizer.ggml.pre': pre })).preTokenizer;
    expect(preTokenizerOf(name)).toEqual(preTokenizerOf(original));
  });

  it.each(COMPLETE)('gives any text back, and bounds its tokens from below: %s', (name) => {
    const tokenizer = load(name);
    const { normalizer } = read(name).json;
    const isComposed = normalizer?.type === 'NFC';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // What is spelled like a token, or is SentencePiece's sign for a space, does not come back as it was.
        fc.pre(!/[<▁\ud800-\udfff](?![\udc00-\udfff])/.test(text));
        const ids = tokenizer.encode(text, false);
        expect(tokenizer.decode(ids)).toBe(isComposed ? text.normalize('NFC') : text);
        if (text !== '') expect(text.length).toBeLessThanOrEqual(ids.length * tokenizer.maxUnitsPerToken);
      }),
    );
    expect(tokenizer.maxUnitsPerToken).toBeLessThan(200);
  });

  it('puts beginnings and ends around texts where the file says so', () => {
    const framed = (name: string, changes: Parameters<typeof metadataOf>[1] = {}): number[] => {
      const tokenizer = load(name, changes);
      const [plain, whole] = [false, true].map((isFramed) => [...tokenizer.encode('fox', isFramed)].join());
      return whole.replace(plain, '').split(',').filter(Boolean).map(Number);
    };
    const [bos, add] = ['tokenizer.ggml.bos_token_id', 'tokenizer.ggml.add_bos_token'];
    const id = tokenizers[BYTES].metadata[bos] as number;
    expect(framed('llama')).toEqual([1]);
    expect(framed('llama', { [add]: false })).toEqual([]);
    expect(framed('llama', { [bos]: undefined })).toEqual([1]);
    expect(framed('llama', { 'tokenizer.ggml.add_eos_token': true })).toEqual([1, 2]);
    expect(framed('gpt2 dbrx')).toEqual([tokenizers['gpt2 dbrx'].metadata[bos]]);
    expect(framed('gpt2 qwen2', { [add]: undefined })).toEqual([]);
    expect(framed(BYTES)).toEqual([]);
    expect(framed(BYTES, { [add]: undefined })).toEqual([id]);
    expect(framed(BYTES, { [add]: undefined, [bos]: undefined })).toEqual([]);
    expect(() => framed(BYTES, { [add]: true, [bos]: undefined })).toThrow(
      'model.gguf: "tokenizer.ggml.add_bos_token" is true, but there is no "tokenizer.ggml.bos_token_id".',
    );
  });

  it('hides control tokens and the end of texts, and shows user-defined ones', () => {
    const { vocabulary, encode, decode } = bound(load(BYTES));
    const eos = tokensOf(BYTES).indexOf('<|eos|>');
    expect(read(BYTES).eosTokenId).toBe(eos);
    expect(vocabulary.specialTokens.get('<|eos|>')).toBe(eos);
    expect(decode(encode('<think>a<|eos|>b'))).toBe('<think>ab');
    // The end of texts is special whatever its type is.
    const mistyped = bound(load(BYTES, retyped(BYTES, '<|eos|>', 1)));
    expect(mistyped.decode(mistyped.encode('a<|eos|>b'))).toBe('ab');
  });

  it('gives rows without a token no text, and finds them in none', () => {
    const { vocabulary, encode } = bound(load(BYTES));
    const pad = tokensOf(BYTES).length - 1;
    expect(vocabulary.bytesOf(pad)).toBeUndefined();
    expect(encode(tokensOf(BYTES)[pad])).not.toContain(pad);
    expect(load(BYTES, retyped(BYTES, 'Hello', 9)).vocabulary.bytesOf(tokensOf(BYTES).indexOf('Hello'))).toBe(
      undefined,
    );
  });

  it('finds user-defined tokens with spaces in both spellings', () => {
    const name = 'llama without a prefix';
    const fox = tokensOf(name).indexOf(' fox ');
    const { encode, decode } = bound(load(name));
    for (const text of ['a fox b', 'a▁fox▁b']) {
      expect(encode(text)).toContain(fox);
      expect(decode(encode(text))).toBe('a fox b');
    }
  });

  it('joins spaces and the sign for one beside it, as the tokenizer.json of Gemma 3 does', () => {
    expect(bound(load('gemma3')).encode('  ▁')).toEqual([tokensOf('gemma3').indexOf('   ')]);
  });

  it('finds a run of spaces that is also a normal token as the file spells it', () => {
    const tokens = tokensOf('gemma3').with(tokensOf('gemma3').indexOf('x'), '▁▁▁');
    const { encode } = bound(load('gemma3', { 'tokenizer.ggml.tokens': tokens }));
    expect(encode('   ')).toEqual([tokens.indexOf('   ')]);
  });

  it('takes the white space behind the special tokens of Phi-3, as its own tokenizer does', () => {
    const phi3 = bound(load(SENTENCES, { 'general.architecture': 'phi3' }));
    expect(phi3.encode('</s>\n\nfox')).toEqual(phi3.encode('</s>fox'));
    expect(phi3.encode('<s>\n\nfox')).not.toEqual(phi3.encode('<s>fox'));
    const llama = bound(load(SENTENCES));
    expect(llama.encode('</s>\n\nfox')).not.toEqual(llama.encode('</s>fox'));
  });

  it('reads a vocabulary without types as normal tokens', () => {
    const { encode, decode } = bound(load(BYTES, { 'tokenizer.ggml.token_type': undefined }));
    expect(decode(encode('<think>a<|eos|>b'))).toBe('<think>ab');
  });

  it.each<[string, string, Parameters<typeof metadataOf>[1], RegExp]>([
    [BYTES, 'no tokenizer', { 'tokenizer.ggml.model': undefined }, /has no tokenizer \("tokenizer.ggml.model"\)/],
    [BYTES, 'WordPiece', { 'tokenizer.ggml.model': 'bert' }, /tokenizer "bert" is not supported; .* Take the safetens/],
    [BYTES, 'Unigram', { 'tokenizer.ggml.model': 't5' }, /tokenizer "t5" is not supported/],
    [BYTES, 'no pre-tokenizer', { 'tokenizer.ggml.pre': undefined }, /does not say how texts are cut .* Take a newer/],
    [BYTES, 'a guess', { 'tokenizer.ggml.pre': 'default' }, /does not say how texts are cut/],
    [BYTES, 'an unknown one', { 'tokenizer.ggml.pre': 'viking' }, /pre-tokenizer "viking" is not supported; .*qwen2/],
    [BYTES, 'no tokens', { 'tokenizer.ggml.tokens': undefined }, /has no tokens/],
    [BYTES, 'an empty list', { 'tokenizer.ggml.tokens': [] }, /has no tokens/],
    [BYTES, 'too few tokens', { 'tokenizer.ggml.tokens': ['a'] }, /token_type" has \d+ entries for 1 tokens/],
    [BYTES, 'no merges', { 'tokenizer.ggml.merges': undefined }, /has no merges/],
    [BYTES, 'merges of nothing', { 'tokenizer.ggml.merges': [MERGE, 'a qq'] }, /merge 1 \("a qq"\) makes no token/],
    [BYTES, 'half a merge', { 'tokenizer.ggml.merges': ['H'] }, /merge 0 \("H "\) makes no token/],
    [BYTES, 'a token past the end', { 'tokenizer.ggml.eos_token_id': 9999 }, /eos_token_id" is 9999, but the file has/],
    [BYTES, 'a token before the start', { 'tokenizer.ggml.bos_token_id': -1 }, /bos_token_id" is -1, but the file/],
    [BYTES, 'text for a number', { 'tokenizer.ggml.bos_token_id': 'x' }, /"tokenizer.ggml.bos_token_id"/],
    [SENTENCES, 'no scores', { 'tokenizer.ggml.scores': undefined }, /has no scores/],
    [SENTENCES, 'too few scores', { 'tokenizer.ggml.scores': Float32Array.of(1) }, /scores" has 1 entries for \d+ tok/],
    [
      SENTENCES,
      'scores that are none',
      { 'tokenizer.ggml.scores': new Float32Array(tokensOf(SENTENCES).length).fill(NaN, 7) },
      /token 7 has the score NaN/,
    ],
    [
      SENTENCES,
      'a token twice',
      { 'tokenizer.ggml.tokens': tokensOf(SENTENCES).with(400, tokensOf(SENTENCES)[300]) },
      /tokens 300 and 400 are both/,
    ],
    [
      SENTENCES,
      'an endless token',
      { 'tokenizer.ggml.tokens': tokensOf(SENTENCES).with(400, 'a'.repeat(5000)) },
      /token 400 has 5000 characters; tokens have at most 4096/,
    ],
    [
      SENTENCES,
      'endless added tokens',
      {
        'tokenizer.ggml.tokens': tokensOf(SENTENCES).map((_, i) => `${i}`.padEnd(4000, 'x')),
        'tokenizer.ggml.token_type': new Int32Array(tokensOf(SENTENCES).length).fill(4),
      },
      /control and user-defined tokens have \d+ characters together; at most 1048576/,
    ],
  ])('refuses %s with %s in one line', (name, _, changes, message) => {
    let refusal: Error | undefined;
    try {
      load(name, changes);
    } catch (error) {
      refusal = error as Error;
    }
    expect(refusal?.message).toMatch(message);
    expect(refusal?.message).toMatch(/^model\.gguf.*\.$/);
    expect(refusal).toHaveProperty('code', expect.stringMatching(/^model_(invalid|unsupported)$/));
  });

  it('refuses whatever else stands in the metadata in one line, or makes something of it', () => {
    const element = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.double());
    const value = fc.oneof(
      element,
      fc.boolean(),
      fc.array(fc.string({ maxLength: 5 })),
      fc.array(fc.integer({ min: -2, max: 9 })).map((numbers) => Int32Array.from(numbers)),
      fc.array(fc.float()).map((numbers) => Float32Array.from(numbers)),
    );
    const change = fc.constantFrom(BYTES, SENTENCES, 'gemma3').chain((name) =>
      fc.record({
        name: fc.constant(name),
        key: fc.constantFrom(...Object.keys(tokenizers[name].metadata), 'tokenizer.ggml.add_eos_token'),
        value,
      }),
    );
    fc.assert(
      fc.property(change, ({ name, key, value: changed }) => {
        try {
          expect(load(name, { [key]: changed }).encode('fox').length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^model_(invalid|unsupported)$/));
          expect((error as Error).message).toMatch(/^model\.gguf.*\.$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a vocabulary of another size than the embeddings have', () => {
    const { length } = tokensOf(BYTES);
    for (const rows of [length - 1, length + 1]) {
      expect(() => readGgufTokenizer(metadataOf(BYTES), rows)).toThrow(
        `model.gguf has ${length} tokens for the model's ${rows} embeddings`,
      );
    }
  });
});

/** A tokenizer's two directions without special tokens around. */
function bound(tokenizer: TextTokenizer): {
  vocabulary: TextTokenizer['vocabulary'];
  encode: (text: string) => number[];
  decode: (ids: number[]) => string;
} {
  return {
    vocabulary: tokenizer.vocabulary,
    encode: (text) => [...tokenizer.encode(text, false)],
    decode: (ids) => tokenizer.decode(ids),
  };
}
