import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { JsonSchema } from '@frontier/inference';
import { validate } from '../sampling/field.validators.js';

/** What an answer must look like (https://platform.openai.com/docs/guides/structured-outputs). */
export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | { type: 'json_schema'; json_schema: { name?: string; schema: JsonSchema; strict?: boolean | null } };

const TYPES = new Set<unknown>(['text', 'json_object', 'json_schema']);

export const IsResponseFormat = (): PropertyDecorator =>
  validate(
    'isResponseFormat',
    'an object whose type is text, json_object or json_schema, the latter with json_schema: {"schema": {...}}',
    (value) => {
      if (typeof value !== 'object' || value === null) return false;
      const { type, json_schema } = value as { type?: unknown; json_schema?: { schema?: unknown } | null };
      if (type !== 'json_schema') return TYPES.has(type);
      const schema = json_schema?.schema;
      return typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema));
    },
  );

/** The schema that the answer must follow; `undefined` for any text. */
export function jsonSchemaOf(format: ResponseFormat | null | undefined): JsonSchema | undefined {
  if (format?.type === 'json_object') return { type: 'object' };
  return format?.type === 'json_schema' ? format.json_schema.schema : undefined;
}

/** For the OpenAPI document. */
export const RESPONSE_FORMAT_SCHEMAS: NonNullable<ApiPropertyOptions['oneOf']> = [
  { type: 'object', required: ['type'], properties: { type: { type: 'string', enum: ['text', 'json_object'] } } },
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
