import { describe, expect, it } from 'vitest';
import { tokenBytes } from './token-bytes.js';

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

describe(tokenBytes, () => {
  it('reads byte-level tokens as the bytes that their characters stand for', () => {
    const table = tokenBytes({ model: { vocab: { Ġa: 0, Ċ: 1, 'Ã©': 2 } }, decoder: { type: 'ByteLevel' } });
    expect(table.map(text)).toEqual([' a', '\n', 'é']);
  });

  it('reads SentencePiece tokens with byte fallback', () => {
    const decoder = {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
      ],
    };
    const table = tokenBytes({ model: { vocab: { '▁a': 0, '<0x0A>': 1, '<0xE2>': 2 } }, decoder });
    expect(table[0]).toEqual(Uint8Array.of(0x20, 0x61));
    expect(table[1]).toEqual(Uint8Array.of(0x0a));
    expect(table[2]).toEqual(Uint8Array.of(0xe2));
  });

  it('gives special tokens no text and other added tokens their content', () => {
    const table = tokenBytes({
      model: { vocab: { a: 0, '<s>': 1 } },
      decoder: { type: 'ByteLevel' },
      added_tokens: [
        { id: 1, content: '<s>', special: true },
        { id: 2, content: '€ ', special: false },
      ],
    });
    expect(table.map(text)).toEqual(['a', undefined, '€ ']);
  });

  it('refuses a decoder that it does not know, by name', () => {
    expect(() => tokenBytes({ model: { vocab: {} }, decoder: { type: 'WordPiece' } })).toThrow(/"WordPiece"/);
  });
});
