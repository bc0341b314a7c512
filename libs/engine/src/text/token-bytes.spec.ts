import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAddedToken } from '../model/added-token.js';
import { TokenBytes, tokenBytes, toTokenDecoder } from './token-bytes.js';
import type { TokenizerPart } from './tokenizer-json.js';

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
const sequence = (...decoders: TokenizerPart[]): TokenizerPart => ({ type: 'Sequence', decoders });
const replace = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };

function table(
  vocab: Record<string, number>,
  decoder: TokenizerPart,
  added: Parameters<typeof toAddedToken>[1][] = [],
): (Uint8Array | undefined)[] {
  const added_tokens = added.map((token) => toAddedToken(token.id!, token));
  const bytes = tokenBytes({ model: { type: 'BPE', vocab }, added_tokens }, toTokenDecoder(decoder));
  const last = Math.max(...Object.values(vocab), ...added_tokens.map(({ id }) => id));
  return Array.from({ length: last + 1 }, (_, id) => bytes.get(id));
}

describe(tokenBytes, () => {
  it('reads byte-level tokens as the bytes that their characters stand for', () => {
    expect(table({ Ġa: 0, Ċ: 1, 'Ã©': 2 }, { type: 'ByteLevel' }).map(text)).toEqual([' a', '\n', 'é']);
  });

  it('reads SentencePiece tokens with byte fallback', () => {
    const bytes = table(
      { '▁a': 0, '<0x0A>': 1, '<0xE2>': 2 },
      sequence(replace, { type: 'ByteFallback' }, { type: 'Fuse' }),
    );
    expect(bytes[0]).toEqual(Uint8Array.of(0x20, 0x61));
    expect(bytes[1]).toEqual(Uint8Array.of(0x0a));
    expect(bytes[2]).toEqual(Uint8Array.of(0xe2));
  });

  it('gives special tokens no text, and other added tokens what the decoder makes of them', () => {
    const added = [
      { id: 1, content: '<s>', special: true },
      { id: 2, content: '€ ', special: false },
      { id: 3, content: '▁▁▁▁', special: false },
    ];
    expect(table({ a: 0, '<s>': 1 }, { type: 'ByteLevel' }, added.slice(0, 2)).map(text)).toEqual([
      'a',
      undefined,
      '€ ',
    ]);
    expect(text(table({ a: 0 }, sequence(replace), added)[3])).toBe('    ');
  });
});

describe(TokenBytes, () => {
  it('gives back the last bytes of each token, and none of others', () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 2000 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), bytes), { maxLength: 20 }), (sets) => {
        const known = new TokenBytes(10);
        for (const [token, given] of sets) known.set(token, given);
        const last = new Map(sets);
        for (let token = -1; token < 12; token++) expect(known.get(token)).toEqual(last.get(token));
      }),
    );
  });
});

describe(toTokenDecoder, () => {
  it('refuses a decoder that it does not know, by name', () => {
    expect(() => toTokenDecoder({ type: 'BPEDecoder' })).toThrow(/"BPEDecoder"/);
    expect(() => toTokenDecoder(sequence(replace, { type: 'CTC' }))).toThrow(/"Replace, CTC"/);
    expect(() => toTokenDecoder(null)).toThrow(/null/);
  });

  it('knows the spaces that a tokenizer puts before a text', () => {
    expect(toTokenDecoder({ type: 'Metaspace', prepend_scheme: 'first' }).prefixSpaces).toBe('all');
    expect(toTokenDecoder({ type: 'Metaspace', prepend_scheme: 'never' }).prefixSpaces).toBe(0);
    const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
    expect(toTokenDecoder(sequence(replace, { type: 'Fuse' }, strip)).prefixSpaces).toBe(1);
    expect(toTokenDecoder({ type: 'WordPiece' }).prefixSpaces).toBe(1);
  });
});
