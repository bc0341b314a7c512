import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenizer, type TextTokenizer } from './text-tokenizer.js';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js';

interface Golden {
  files: Record<string, object>;
  vocabSize: number;
  eos: number | null;
  cases: { text: string; plain: number[]; framed: number[]; decoded: string }[];
}

const PATH = resolve(import.meta.dirname, '../../../../test/goldens/tokenizers.json');
const { models, tokenizers } = JSON.parse(readFileSync(PATH, 'utf8')) as {
  models: Record<string, { vocab: object }>;
  tokenizers: Record<string, Golden>;
};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-tokenizer-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Reads the files of a golden tokenizer, with changes. */
function read(name: string, changes: Record<string, object> = {}, vocabSize?: number): TokenizerFiles {
  const { files, vocabSize: whole } = tokenizers[name];
  const json = files['tokenizer.json'] as { model: string };
  const all = { ...files, 'tokenizer.json': { ...json, model: models[json.model] } };
  for (const [file, content] of Object.entries({ ...all, ...changes })) {
    const merged = { ...(all as Record<string, object>)[file], ...content };
    writeFileSync(join(folder, file), JSON.stringify(merged));
  }
  return readTokenizerFiles(folder, vocabSize ?? whole);
}

function load(
  name: string,
  changes: Record<string, object> = {},
  vocabSize = tokenizers[name].vocabSize,
): TextTokenizer {
  return createTokenizer(read(name, changes, vocabSize));
}

describe(createTokenizer, () => {
  it.each(Object.keys(tokenizers))('encodes and decodes as the original: %s', (name) => {
    const tokenizer = load(name);
    const { cases, eos } = tokenizers[name];
    expect(read(name).eosTokenId).toBe(eos ?? undefined);
    for (const { text, plain, framed, decoded } of cases) {
      expect([...tokenizer.encode(text, false)], `${name}: ${JSON.stringify(text)}`).toEqual(plain);
      expect([...tokenizer.encode(text)]).toEqual(framed);
      expect(tokenizer.decode(plain), `${name}: ${JSON.stringify(text)}`).toBe(decoded);
    }
  });

  it('bounds the tokens of a text from below by its length', () => {
    for (const [name, { cases }] of Object.entries(tokenizers)) {
      const { maxUnitsPerToken } = load(name);
      for (const { text, plain } of cases) {
        if (text !== '') expect(text.length).toBeLessThanOrEqual(Math.max(1, plain.length) * maxUnitsPerToken);
      }
    }
    expect(load('gpt2').maxUnitsPerToken).toBeLessThan(20);
    expect(load('whitespace').maxUnitsPerToken).toBe(Infinity);
    expect(load('unigram').maxUnitsPerToken).toBe(Infinity);
  });

  it('reads added tokens past the embeddings as plain text, and says so', () => {
    const size = Object.keys(models.bytes.vocab).length;
    const { warnings } = read('decoder-table', {}, size);
    expect(warnings).toEqual([
      expect.stringMatching(/2 added tokens past the \d+ embeddings, "\[PAD\]" \(\d+\), "TOKEN"/),
    ]);
    const tokenizer = load('decoder-table', {}, size);
    expect([...tokenizer.encode('hi [PAD]')]).toEqual([...load('gpt2').encode('hi [PAD]')]);
  });

  it('names a token of a text that the model has no embedding for', () => {
    const size = Object.keys(models.bytes.vocab).length;
    expect(() => load('gpt2', {}, size - 40).encode('Once upon a time there was a little fox')).toThrow(
      /The text contains "[^"]+", token \d+ of the tokenizer, but the model has tokens 0 to \d+ only/,
    );
  });

  it.each([
    ['normalizer', { type: 'Precompiled', precompiled_charsmap: 'AAAA' }, /"precompiled_charsmap" is damaged/],
    ['pre_tokenizer', { type: 'UnicodeScripts' }, /pre-tokenizer "UnicodeScripts" is not supported/],
    ['pre_tokenizer', { type: 'Split', pattern: { String: 'a' }, behavior: 'Sideways' }, /behavior "Sideways"/],
    ['post_processor', { type: 'Mystery' }, /post-processor "Mystery" is not supported/],
    ['decoder', { type: 'CTC' }, /decoder "CTC" is not supported/],
    ['model', { type: 'WordLevel', vocab: {} }, /model "WordLevel" is not supported/],
    ['model', { type: 'BPE', vocab: { a: 0 }, merges: [], end_of_word_suffix: '</w>' }, /"end_of_word_suffix"/],
    ['model', { type: 'BPE', vocab: { a: 2 ** 40 }, merges: [] }, /token "a" has the id 1099511627776; ids are 0 to/],
    ['model', { type: 'BPE', vocab: { a: 'x' }, merges: [] }, /token "a" has the id "x"/],
    ['model', { type: 'BPE', vocab: { a: 0 }, merges: ['a b'] }, /merge 0 \("a b"\) makes no token/],
    ['model', { type: 'BPE', vocab: { a: 0 }, merges: {} }, /the merges of BPE must be a list/],
    ['model', { type: 'BPE' }, /"model" must be an object with a "vocab"/],
    ['added_tokens', [{ id: 'x' }], /"added_tokens" must be a list/],
  ])('refuses a %s that it cannot compute, by name', (part, value, message) => {
    expect(() => load('gpt2', { 'tokenizer.json': { [part]: value } })).toThrow(message);
  });

  it('refuses parts that do not work together', () => {
    const decoder = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' };
    expect(() => load('gpt2', { 'tokenizer.json': { decoder } })).toThrow(/comes back as .* do not work together/);
  });
});
