import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { JsonSchema } from '@frontier/inference';
import { type BodyLimits, checkField, invalidRequest, parseBody } from '@frontier/http';

/** The required format of a completion (https://platform.openai.com/docs/guides/structured-outputs). */
export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object'; schema?: JsonSchema | null }
  | { type: 'json_schema'; json_schema: { name?: string; schema: JsonSchema; strict?: boolean | null } };

const TYPES = new Set<unknown>(['text', 'json_object', 'json_schema']);

export const IsResponseFormat = (): PropertyDecorator =>
  checkField(
    'isResponseFormat',
    'an object whose type is text, json_object or json_schema, the latter with json_schema: {"schema": {...}}',
    (value) => {
      if (typeof value !== 'object' || value === null) return false;
      const { type, json_schema, schema } = value as {
        type?: unknown;
        json_schema?: { schema?: unknown } | null;
        schema?: unknown;
      };
      if (type === 'json_schema') return isJsonSchema(json_schema?.schema);
      return (
        TYPES.has(type) && ((schema ?? undefined) === undefined || (type === 'json_object' && isJsonSchema(schema)))
      );
    },
  );

/** Tests for a value that could be a JSON schema. */
function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/** The schema that the completion must follow; `undefined` for any text. */
function jsonSchemaOf(format: ResponseFormat | null | undefined): JsonSchema | undefined {
  if (format?.type === 'json_object') return format.schema ?? { type: 'object' };
  return format?.type === 'json_schema' ? format.json_schema.schema : undefined;
}

/** Twice what the largest schemas have that are taken; it is parsed in the event loop, three times for each request. */
const MAX_SCHEMA_TEXT = 300_000;
const SCHEMA_LIMITS: BodyLimits = { depth: 64, values: 40_000, keys: 10_000 };

/** A schema as vLLM takes it: an object, or its text. */
function parsedSchema(given: unknown): JsonSchema | undefined {
  if (typeof given !== 'string') return isJsonSchema(given) ? given : undefined;
  if (given.length > MAX_SCHEMA_TEXT) return undefined;
  try {
    // A text that is nested too deep would overflow the stack of its serializer.
    const { body } = parseBody(Buffer.from(given), SCHEMA_LIMITS);
    return isJsonSchema(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

export const IsGuidedJson = (): PropertyDecorator =>
  checkField(
    'isGuidedJson',
    'a JSON schema, or the text of one of at most 300,000 characters that is nested no deeper than 64',
    (value) => parsedSchema(value) !== undefined,
  );

export const IsStructuredOutputs = (): PropertyDecorator =>
  checkField(
    'isStructuredOutputs',
    'an object with "json": a JSON schema; other structures are not supported',
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const others = Object.entries(value).filter(([name, member]) => name !== 'json' && member !== null);
      return others.length === 0 && parsedSchema((value as { json?: unknown }).json) !== undefined;
    },
  );

/** The fields that can bind a completion to a schema. */
interface SchemaFields {
  response_format?: ResponseFormat | null;
  guided_json?: JsonSchema | string | null;
  structured_outputs?: { json: JsonSchema | string } | null;
}

/**
 * The schema that the completion must follow; `undefined` for any text.
 * @throws `invalid_request` where several fields name one
 */
export function schemaOf({ response_format, guided_json, structured_outputs }: SchemaFields): JsonSchema | undefined {
  const schemas = [
    jsonSchemaOf(response_format),
    parsedSchema(guided_json ?? undefined),
    parsedSchema(structured_outputs?.json),
  ].filter((schema) => schema !== undefined);
  if (schemas.length > 1) {
    const detail = 'only one of response_format, guided_json and structured_outputs may name a schema';
    throw invalidRequest([{ pointer: '/response_format', detail }]);
  }
  return schemas[0];
}

/** For the OpenAPI document. */
export const RESPONSE_FORMAT_SCHEMAS: NonNullable<ApiPropertyOptions['oneOf']> = [
  { type: 'object', required: ['type'], properties: { type: { type: 'string', enum: ['text'] } } },
  {
    type: 'object',
    required: ['type'],
    properties: {
      type: { type: 'string', enum: ['json_object'] },
      schema: { type: 'object', additionalProperties: true },
    },
  },
  {
    type: 'object',
    required: ['type', 'json_schema'],
    properties: {
      type: { type: 'string', enum: ['json_schema'] },
      json_schema: {
        type: 'object',
        required: ['schema'],
        properties: {
          name: { type: 'string' },
          strict: { type: 'boolean', nullable: true },
          schema: { type: 'object', additionalProperties: true },
        },
      },
    },
  },
];
