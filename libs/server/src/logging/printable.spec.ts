import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printableJson, spelledOutJson } from './printable.js';

const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
/** Texts with what is obeyed in them. */
const text = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x2070 }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\u202e', '\u2028', '\u009b', '\n', '\ufeff', '\u{e0001}', '😀'),
  ),
});
const line = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text), fc.dictionary(text, text)));

describe(printableJson, () => {
  it('leaves nothing that is obeyed, and changes no value', () => {
    fc.assert(
      fc.property(line, (value) => {
        const json = printableJson(JSON.stringify(value));
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe(spelledOutJson, () => {
  const textsOf = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, field]) => [key, ...textsOf(field)]);
  };

  it('leaves nothing that is obeyed in any text', () => {
    fc.assert(
      fc.property(line, (value) => {
        for (const shown of textsOf(JSON.parse(spelledOutJson(JSON.stringify(value)))))
          expect(shown).not.toMatch(OBEYED);
      }),
    );
    expect(spelledOutJson('{"msg":"a\\nb\\u001b[31m"}')).toBe('{"msg":"a\\\\nb\\\\u001b[31m"}\n');
  });

  it('leaves the lines of a stack, but not those of its message', () => {
    const stack = 'Error: first\n[12:00] ERROR: forged\n    at here (file:1:2)\n    at there';
    const { err } = JSON.parse(spelledOutJson(JSON.stringify({ err: { stack } }))) as { err: { stack: string } };
    expect(err.stack.split('\n')).toEqual([
      'Error: first\\n[12:00] ERROR: forged',
      '    at here (file:1:2)',
      '    at there',
    ]);
  });
});
