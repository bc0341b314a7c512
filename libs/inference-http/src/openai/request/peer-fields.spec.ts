import { describe, expect, it } from 'vitest';
import { IGNORED_FIELDS, REFUSED_FIELDS, refusedFields, unknownFields } from './peer-fields.js';

describe(refusedFields, () => {
  it.each(Object.entries(REFUSED_FIELDS))(
    'names %s where it requests something, and not with its defaults',
    (field, rule) => {
      expect(refusedFields({ [field]: rule.example })).toMatchObject([{ pointer: `/${field}` }]);
      for (const value of [null, undefined, ...rule.defaults]) expect(refusedFields({ [field]: value })).toEqual([]);
    },
  );

  it('names no field that another object has by itself', () => {
    expect(refusedFields(JSON.parse('{"constructor":1,"toString":2,"__proto__":3}') as object)).toEqual([]);
  });
});

describe(unknownFields, () => {
  it('leaves out fields of the class and of both tables', () => {
    const body = Object.fromEntries(
      [...Object.keys(IGNORED_FIELDS), ...Object.keys(REFUSED_FIELDS)].map((name) => [name, 1]),
    );
    expect(unknownFields({ ...body, prompt: 'x', promt: 'y' }, { prompt: 'x' })).toEqual(['promt']);
  });
});
