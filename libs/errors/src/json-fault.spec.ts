import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from './json-fault.js';

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return jsonFault(error);
  }
}

describe(jsonFault, () => {
  it('tells where a text is wrong', () => {
    expect(faultOf('{"a":1,}')).toMatch(/position 7/);
    expect(faultOf('{"a":')).toMatch(/end of JSON/);
    expect(faultOf('{"a":secret}')).toBe('it has an unexpected character');
  });

  it('quotes nothing of the text, wherever that is cut or changed', () => {
    const body = JSON.stringify({ SECRET: ['SECRET', { SECRET: 'SECRET SECRET' }], SECRETS: -1.5 });
    const cuts = fc.record({ at: fc.nat(body.length), remove: fc.nat(3), insert: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(cuts, ({ at, remove, insert }) => {
        const fault = faultOf(body.slice(0, at) + insert + body.slice(at + remove));
        expect(fault ?? '').not.toMatch(/SEC|CRE|RET/);
        expect(fault ?? '').toMatch(/^[\w ,:(){}'[\]-]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
