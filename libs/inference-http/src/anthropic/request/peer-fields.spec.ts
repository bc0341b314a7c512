import { describe, expect, it } from 'vitest';
import { IGNORED_FIELDS, REFUSED_FIELDS, refusedFields, unknownFields } from './peer-fields.js';

describe(refusedFields, () => {
  it.each(Object.entries(REFUSED_FIELDS))('names %s, unless it is null', (field, { example }) => {
    expect(refusedFields({ [field]: example })).toMatchObject([{ pointer: `/${field}` }]);
    expect(refusedFields({ [field]: null })).toEqual([]);
  });

  it.each([
    ['mcp_servers', []],
    ['context_management', {}],
    ['context_management', { edits: [] }],
    ['context_management', { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] }],
  ])('takes %s of %j, which requests nothing', (field, value) => {
    expect(refusedFields({ [field]: value })).toEqual([]);
  });

  it.each([[[]], [{ edits: 1 }], [{ edits: [null] }], ['x']])('refuses context_management of %j', (value) => {
    expect(refusedFields({ context_management: value })).toHaveLength(1);
  });
});

describe(unknownFields, () => {
  it('knows the fields of the class and of both tables', () => {
    const known = Object.fromEntries(
      [...IGNORED_FIELDS, ...Object.keys(REFUSED_FIELDS), 'model'].map((name) => [name, 1]),
    );
    expect(unknownFields({ ...known, toString: 1, mesages: [] }, { model: 'x' })).toEqual(['mesages']);
    expect(unknownFields({ constructor: 1 }, Object.create(null) as object)).toEqual(['constructor']);
  });
});
