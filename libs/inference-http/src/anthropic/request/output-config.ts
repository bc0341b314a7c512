import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { JsonSchema } from '@frontier/inference';
import { checkField } from '@frontier/http';
import { isMissing, isObject } from './values.js';

const MAX_EFFORT_LENGTH = 32;

/** The form of the answer, and the effort for it. */
export interface OutputConfig {
  effort?: string | null;
  format?: { type: 'json_schema'; schema: JsonSchema } | null;
}

export const OUTPUT_CONFIG_PROPERTY: ApiPropertyOptions = {
  description:
    "`format`: the answer is JSON of this schema; it excludes tools that may be called. `effort`: the variable `reasoning_effort` of the model's chat template.",
  type: 'object',
  properties: {
    effort: { type: 'string', minLength: 1, maxLength: MAX_EFFORT_LENGTH, nullable: true },
    format: {
      type: 'object',
      required: ['type', 'schema'],
      properties: {
        type: { type: 'string', enum: ['json_schema'] },
        schema: { type: 'object', additionalProperties: true },
      },
      nullable: true,
    },
  },
  nullable: true,
  example: { format: { type: 'json_schema', schema: { type: 'object' } } },
};

export const IsOutputConfig = (): PropertyDecorator =>
  checkField(
    'isOutputConfig',
    'an object with {"type": "json_schema", "schema": {...}} as format, and a text as effort, if any',
    (value) => {
      if (!isObject(value)) return false;
      const { effort, format } = value;
      return (isMissing(effort) || isEffort(effort)) && (isMissing(format) || isFormat(format));
    },
  );

function isEffort(effort: unknown): boolean {
  return typeof effort === 'string' && effort.length >= 1 && effort.length <= MAX_EFFORT_LENGTH;
}

function isFormat(format: unknown): boolean {
  return isObject(format) && format.type === 'json_schema' && isObject(format.schema);
}
