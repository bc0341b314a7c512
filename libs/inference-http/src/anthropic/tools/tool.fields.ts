import type { ApiPropertyOptions } from '@nestjs/swagger';
import { TOOL_LIMITS } from '../../sampling/conversation-limits.js';

export const TOOL_CHOICES = ['auto', 'any', 'tool', 'none'] as const;

/** A tool as Anthropic's API has it; `toolErrors` checks it. */
export interface Tool {
  type?: 'custom' | null;
  name: string;
  description?: string | null;
  input_schema: Record<string, unknown>;
  strict?: boolean | null;
}

export interface ToolChoice {
  type: (typeof TOOL_CHOICES)[number];
  name?: string;
  disable_parallel_tool_use?: boolean | null;
}

const NAME = { type: 'string' as const, minLength: 1, maxLength: TOOL_LIMITS.name };

export const TOOLS_PROPERTY: ApiPropertyOptions = {
  description:
    "Tools that the model may call. They are written into the prompt as its chat template has them; a call's `input` is of its `input_schema`. Tools of Anthropic's servers are refused.",
  type: 'array',
  maxItems: TOOL_LIMITS.tools,
  nullable: true,
  items: {
    type: 'object',
    required: ['name', 'input_schema'],
    properties: {
      type: { type: 'string', enum: ['custom'], nullable: true },
      name: NAME,
      description: { type: 'string', nullable: true, maxLength: TOOL_LIMITS.description },
      input_schema: { type: 'object', additionalProperties: true },
      strict: { type: 'boolean', nullable: true },
    },
  },
  example: [
    {
      name: 'get_weather',
      description: 'The weather of a city.',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
};

export const TOOL_CHOICE_PROPERTY: ApiPropertyOptions = {
  description:
    '`auto`: as the model decides; `any`: at least one call; `tool`: the one with this `name`; `none`: no call. `disable_parallel_tool_use` allows one call at most. Default: `auto` where there are tools.',
  nullable: true,
  type: 'object',
  required: ['type'],
  properties: {
    type: { type: 'string', enum: [...TOOL_CHOICES] },
    name: NAME,
    disable_parallel_tool_use: { type: 'boolean', nullable: true },
  },
  example: { type: 'auto' },
};
