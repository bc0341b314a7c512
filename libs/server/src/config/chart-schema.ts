import { z } from 'zod';
import { MODELS_FILE } from './models-schema.js';
import { VARIABLES } from './variables.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema of a variable among the values of the chart: a number or a flag may be a text, as in the environment. */
export function variableValueSchema(name: keyof typeof VARIABLES): JsonSchema {
  const { $schema: _, default: __, ...schema } = jsonSchemaOf(VARIABLES[name], 'output');
  if (schema.type === 'integer') return { ...schema, type: ['integer', 'string'] as never, pattern: '^\\d*$' };
  if (schema.type === 'boolean') return { enum: [true, false, 'true', 'false', ''] };
  if (schema.enum)
    return { enum: [...new Set(schema.enum.flatMap((value) => [value, String(value).toLowerCase()])), ''] };
  return { type: 'string' };
}

/** JSON Schema of the models file, which is a value of the chart. */
export function modelsValueSchema(): JsonSchema {
  const { $schema: _, ...schema } = jsonSchemaOf(MODELS_FILE, 'input');
  return schema;
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-7', io, unrepresentable: 'any', override: omitSafeMaximum });
}

/** Omits the maximum that zod gives every integer: the largest one that is exact. */
function omitSafeMaximum({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
