import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import { IncrementalDecoder } from './incremental-decoder.js';

function decodeAll(tokens: Iterable<number>): string {
  const decoder = new IncrementalDecoder(byteVocabulary);
  let text = '';
  for (const token of tokens) text += decoder.push(token);
  return text + decoder.end();
}

describe(IncrementalDecoder.name, () => {
  it('holds bytes back only while they are an incomplete character', () => {
    const decoder = new IncrementalDecoder(byteVocabulary);
    const pieces = [...new TextEncoder().encode('aé€😀')].map((byte) => decoder.push(byte));
    expect(pieces).toEqual(['a', '', 'é', '', '', '€', '', '', '', '😀']);
  });

  it('releases an invalid byte as U+FFFD as soon as it is known to be invalid', () => {
    const decoder = new IncrementalDecoder(byteVocabulary);
    expect(decoder.push(0xe2)).toBe('');
    expect(decoder.push(0x41)).toBe('\ufffdA');
    expect(decoder.push(0xff)).toBe('\ufffd');
  });

  it('adds no text for special tokens', () => {
    const decoder = new IncrementalDecoder(byteVocabulary);
    expect([0xc3, 999, 0xa9].map((token) => decoder.push(token))).toEqual(['', '', 'é']);
  });

  it('keeps a byte order mark', () => {
    expect(decodeAll(new TextEncoder().encode('\ufeffa'))).toBe('\ufeffa');
  });

  it('gives any text, split at every byte, back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeAll(new TextEncoder().encode(text))).toBe(text);
      }),
    );
  });

  it('decodes any bytes, split at every byte, as the platform decodes them at once', () => {
    const whole = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        expect(decodeAll(bytes)).toBe(whole.decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
