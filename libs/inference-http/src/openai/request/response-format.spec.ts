import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  IsGuidedJson,
  IsResponseFormat,
  IsStructuredOutputs,
  type ResponseFormat,
  schemaOf,
} from './response-format.js';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const NAMED: ResponseFormat = { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } };

describe(schemaOf, () => {
  it.each<[Parameters<typeof schemaOf>[0], unknown]>([
    [{}, undefined],
    [{ response_format: null, guided_json: null, structured_outputs: null }, undefined],
    [{ response_format: { type: 'text' } }, undefined],
    [{ response_format: { type: 'json_object' } }, { type: 'object' }],
    [{ response_format: { type: 'json_object', schema: SCHEMA } }, SCHEMA],
    [{ response_format: NAMED }, SCHEMA],
    [{ guided_json: SCHEMA }, SCHEMA],
    [{ guided_json: JSON.stringify(SCHEMA) }, SCHEMA],
    [{ structured_outputs: { json: JSON.stringify(SCHEMA) } }, SCHEMA],
    [{ guided_json: 'true' }, true],
  ])('of %j is %j', (fields, schema) => {
    expect(schemaOf(fields)).toEqual(schema);
  });

  it('refuses two fields with a schema, also the same one', () => {
    expect(() => schemaOf({ response_format: NAMED, guided_json: SCHEMA })).toThrow(/only one of/);
  });
});

class Fields {
  @IsResponseFormat() format: unknown = { type: 'text' };
  @IsGuidedJson() guided: unknown = SCHEMA;
  @IsStructuredOutputs() structured: unknown = { json: SCHEMA };
}

function invalidFields(changes: Partial<Fields>): string[] {
  return validateSync(Object.assign(new Fields(), changes)).map(({ property }) => property);
}

describe('fields that name a schema', () => {
  it.each<Partial<Fields>>([
    {},
    { format: { type: 'json_object', schema: SCHEMA } },
    { format: { type: 'json_object', schema: null } },
    { format: NAMED },
    { guided: JSON.stringify(SCHEMA) },
    { structured: { json: SCHEMA, regex: null } },
  ])('accept %j', (changes) => {
    expect(invalidFields(changes)).toEqual([]);
  });

  it.each<Partial<Fields>>([
    { format: null },
    { format: 'json_object' },
    { format: { type: 'xml' } },
    { format: { type: 'text', schema: SCHEMA } },
    { format: { type: 'json_schema' } },
    { format: { type: 'json_schema', json_schema: { schema: [] } } },
    { guided: '{' },
    { guided: '[]' },
    { guided: 5 },
    // Deeper, and longer, than any schema that is taken.
    { guided: `${'{"items":'.repeat(70)}true${'}'.repeat(70)}` },
    { guided: `{"description":"${'x'.repeat(300_000)}"}` },
    { structured: {} },
    { structured: { json: SCHEMA, regex: 'a*' } },
    { structured: [SCHEMA] },
  ])('refuse %.60j', (changes) => {
    expect(invalidFields(changes)).toEqual(Object.keys(changes));
  });
});
