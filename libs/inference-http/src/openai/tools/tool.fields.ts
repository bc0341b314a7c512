import type { ApiPropertyOptions } from '@nestjs/swagger';
import { TOOL_LIMITS } from '../../sampling/conversation-limits.js';
import { TOOL_CHOICES } from './tool-errors.js';

/** A tool as OpenAI's API has it; {@link toolErrors} checks it. */
export interface FunctionTool {
  type: 'function';
  function: {
    name: string;
    description?: string | null;
    parameters?: Record<string, unknown> | null;
    strict?: boolean | null;
  };
}

export type ToolChoice = (typeof TOOL_CHOICES)[number] | { type: 'function'; function: { name: string } };

const NAME = { type: 'string', minLength: 1, maxLength: TOOL_LIMITS.name };

export const TOOLS_PROPERTY: ApiPropertyOptions = {
  description:
    'Functions that the model may call. They are written into the prompt as its chat template has them; arguments of calls are valid JSON of their `parameters`.',
  type: 'array',
  maxItems: TOOL_LIMITS.tools,
  nullable: true,
  items: {
    type: 'object',
    required: ['type', 'function'],
    properties: {
      type: { type: 'string', enum: ['function'] },
      function: {
        type: 'object',
        required: ['name'],
        properties: {
          name: NAME,
          description: { type: 'string', nullable: true, maxLength: TOOL_LIMITS.description },
          parameters: { type: 'object', nullable: true, additionalProperties: true },
          strict: { type: 'boolean', nullable: true },
        },
      },
    },
  },
  example: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'The weather of a city.',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ],
};

export const TOOL_CHOICE_PROPERTY: ApiPropertyOptions = {
  description:
    '`none`: no call; `auto`: as the model decides; `required`: at least one call; or the one function to call. Default: `auto` where there are tools.',
  nullable: true,
  oneOf: [
    { type: 'string', enum: [...TOOL_CHOICES] },
    {
      type: 'object',
      required: ['type', 'function'],
      properties: {
        type: { type: 'string', enum: ['function'] },
        function: { type: 'object', required: ['name'], properties: { name: NAME } },
      },
    },
  ],
  example: 'auto',
};

export const PARALLEL_TOOL_CALLS_PROPERTY: ApiPropertyOptions = {
  description: 'False allows one call at most.',
  type: Boolean,
  default: true,
  nullable: true,
  example: true,
};
