import { describe, expect, it } from 'vitest';
import { GgufMetadata } from './gguf-metadata.js';

describe(GgufMetadata, () => {
  const metadata = GgufMetadata.of('model.gguf', {
    'general.name': 'tiny\nmodel',
    'llama.block_count': 2,
    'llama.rope.freq_base': 1e4,
    'llama.epsilon': 1e-5,
    nan: NaN,
    huge: 2n ** 63n,
    yes: true,
    one: 1,
    tokens: ['a', 'b'],
    pattern: [true, false],
    scores: Float32Array.of(0.5, 1),
    none: [],
  });

  it('gives values by key and type, and undefined where there is none', () => {
    expect(metadata.string('general.name')).toBe('tiny\nmodel');
    expect(metadata.integer('llama.block_count')).toBe(2);
    expect(metadata.number('llama.epsilon')).toBe(1e-5);
    expect([metadata.flag('yes'), metadata.flag('one')]).toEqual([true, true]);
    expect(metadata.strings('tokens')).toEqual(['a', 'b']);
    expect(metadata.flags('pattern')).toEqual([true, false]);
    expect(metadata.numbers('scores')).toEqual(Float32Array.of(0.5, 1));
    expect([metadata.strings('none'), metadata.numbers('none')]).toEqual([[], []]);
    expect([metadata.count('tokens'), metadata.count('yes'), metadata.count('absent')]).toEqual([
      2,
      undefined,
      undefined,
    ]);
    for (const get of ['string', 'integer', 'number', 'flag', 'strings', 'numbers', 'flags'] as const) {
      expect(metadata[get]('absent')).toBeUndefined();
    }
  });

  const wrong: [
    get: 'string' | 'integer' | 'number' | 'flag' | 'strings' | 'numbers' | 'flags',
    key: string,
    fault: string,
  ][] = [
    ['string', 'yes', 'a text, not "true"'],
    ['integer', 'llama.epsilon', 'a whole number, not "0.00001"'],
    ['integer', 'huge', 'a whole number, not "9223372036854775808"'],
    ['integer', 'general.name', 'a whole number, not "tiny\\nmodel"'],
    ['number', 'nan', 'a finite number, not "NaN"'],
    ['flag', 'llama.block_count', 'true or false, not "2"'],
    ['strings', 'scores', 'an array, each element a text, not an array (number)'],
    ['numbers', 'tokens', 'an array, each element a number, not an array (text)'],
    ['flags', 'one', 'an array, each element true or false, not "1"'],
  ];
  it.each(wrong)('refuses %s("%s") in one line that names file and key', (get, key, fault) => {
    expect(() => metadata[get](key)).toThrow(`model.gguf: "${key}" in the metadata must be ${fault}.`);
  });
});
