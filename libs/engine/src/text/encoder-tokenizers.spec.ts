import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type TextTokenizer } from './text-tokenizer.js';
import { readTokenizerFiles } from './tokenizer-files.js';

interface Golden {
  json: { model: { vocab: object } };
  texts: { text: string; ids: number[]; cut: number[]; decoded: string }[];
  pairs: { pair: [string, string]; maxTokens: number; ids: number[]; types: number[] }[];
}

const FILE = join(import.meta.dirname, '../../../../test/goldens/encoder-tokenizers.json');
const goldens = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Golden>;

function load({ json }: Golden): TextTokenizer {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-tokenizer-'));
  try {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
    return createTokenizer(readTokenizerFiles(folder, 1000));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(Object.entries(goldens))('the tokenizer of %s', (_, golden) => {
  const tokenizer = load(golden);

  it('has the tokens and texts of the original', () => {
    for (const { text, ids, cut, decoded } of golden.texts) {
      const { tokens, totalTokens } = tokenizer.encodeInput(text);
      expect([text, ...tokens]).toEqual([text, ...ids]);
      expect(totalTokens).toBe(ids.length);
      expect([text, ...tokenizer.encodeInput(text, { maxTokens: 8 }).tokens]).toEqual([text, ...cut]);
      expect(tokenizer.encodeInput(text, { maxTokens: 8 }).totalTokens).toBe(ids.length);
      expect(tokenizer.decode(tokenizer.encode(text, false))).toBe(decoded);
    }
  });

  it('frames and cuts pairs as the original, with the types of their tokens', () => {
    for (const { pair, maxTokens, ids, types } of golden.pairs) {
      const { tokens, typeIds = new Uint8Array(tokens.length) } = tokenizer.encodeInput(pair, { maxTokens });
      expect([...pair, ...tokens]).toEqual([...pair, ...ids]);
      expect([...typeIds]).toEqual(types);
    }
  });
});

describe('a text for an encoder', () => {
  const tokenizer = load(goldens['bert-uncased']);

  it('keeps its end where it is cut on the left', () => {
    const whole = [...tokenizer.encodeInput('the little fox lived in a forest').tokens];
    const cut = [
      ...tokenizer.encodeInput('the little fox lived in a forest', { maxTokens: 5, truncationSide: 'left' }).tokens,
    ];
    expect(cut).toEqual([whole[0], ...whole.slice(-4)]);
  });

  it('tells the tokens of its prompt, special ones included, but no more than are left of it', () => {
    const { tokens, promptTokens } = tokenizer.encodeInput('fox', { prompt: 'the little ' });
    expect([...tokens]).toEqual([...tokenizer.encodeInput('the little fox').tokens]);
    expect(promptTokens).toBe(tokenizer.encode('the little ', false).length + 1);
    expect(tokenizer.encodeInput('fox', { prompt: 'the little ', maxTokens: 2 }).promptTokens).toBe(2);
    expect(tokenizer.encodeInput('fox').promptTokens).toBeUndefined();
  });

  it('has no special tokens where they are declined', () => {
    const options = { addSpecialTokens: false };
    expect([...tokenizer.encodeInput('fox', options).tokens]).toEqual([...tokenizer.encode('fox', false)]);
    expect([...tokenizer.encodeInput(['fox', 'fox'], options).typeIds!]).toEqual(
      [0, 1].flatMap((type) => [...tokenizer.encode('fox', false)].map(() => type)),
    );
  });
});
