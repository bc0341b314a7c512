import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { toOpenApi31 } from './openapi-document.js';

function converted(schema: object): unknown {
  const document = {
    openapi: '3.0.0',
    info: { title: '', version: '' },
    paths: {},
    components: { schemas: { A: schema } },
  };
  return toOpenApi31(document as OpenAPIObject).components!.schemas!.A;
}

describe(toOpenApi31, () => {
  it.each([
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      { type: 'string', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      { type: 'string', enum: ['a', null], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [{ allOf: [{ $ref: '#/b' }], nullable: true }, { oneOf: [{ $ref: '#/b' }, { type: 'null' }] }],
    [{ oneOf: [{ type: 'string' }], nullable: true }, { oneOf: [{ type: 'string' }, { type: 'null' }] }],
    [{ type: 'string', nullable: false }, { type: 'string' }],
    [{ minimum: 0, exclusiveMinimum: true }, { exclusiveMinimum: 0 }],
    [
      { minimum: 0, exclusiveMinimum: false },
      { minimum: 0, exclusiveMinimum: false },
    ],
    [{ exclusiveMinimum: 3 }, { exclusiveMinimum: 3 }],
    [{ properties: { b: { type: 'number', nullable: true } } }, { properties: { b: { type: ['number', 'null'] } } }],
  ])('writes %j as %j', (schema, expected) => {
    expect(converted(schema)).toEqual(expected);
  });

  it('names the type of problem documents, and marks open routes', () => {
    const problem = { schema: { $ref: '#/components/schemas/Problem' } };
    const other = { schema: { $ref: '#/components/schemas/Other' } };
    const responses = {
      400: { content: { 'application/json': problem } },
      200: { content: { 'application/json': other } },
    };
    const paths = { '/a': { get: { responses }, post: { responses: {}, security: [{ bearer: [] }] } } };
    const document = { openapi: '3.0.0', info: { title: '', version: '' }, paths } as unknown as OpenAPIObject;
    const {
      openapi,
      paths: {
        '/a': { get, post },
      },
    } = toOpenApi31(document);
    expect(openapi).toBe('3.1.0');
    expect([get!.security, post!.security]).toEqual([[], [{ bearer: [] }]]);
    expect(get!.responses).toEqual({
      400: { content: { 'application/problem+json': problem } },
      200: { content: { 'application/json': other } },
    });
  });
});
