import type { ApiPropertyOptions } from '@nestjs/swagger';
import { checkField } from '@frontier/http';
import { isMissing, isObject } from './values.js';

const TYPES = ['enabled', 'disabled', 'adaptive'] as const;
const DISPLAYS = ['summarized', 'omitted'] as const;

/** Whether the model thinks before it answers. */
export interface Thinking {
  type: (typeof TYPES)[number];
  budget_tokens?: number | null;
  display?: (typeof DISPLAYS)[number] | null;
}

export const THINKING_PROPERTY: ApiPropertyOptions = {
  description:
    "`disabled` and the others switch the variable `enable_thinking` of the model's chat template; a model whose template does not know it does as it always does. `budget_tokens` is no bound: `max_tokens` counts thoughts, too. `display: omitted` leaves thoughts out of the response.",
  type: 'object',
  required: ['type'],
  properties: {
    type: { type: 'string', enum: [...TYPES] },
    budget_tokens: { type: 'integer', minimum: 0, nullable: true },
    display: { type: 'string', enum: [...DISPLAYS], nullable: true },
  },
  nullable: true,
  example: { type: 'disabled' },
};

export const IsThinking = (): PropertyDecorator =>
  checkField(
    'isThinking',
    `an object whose type is one of ${TYPES.join(', ')}, with a whole number as budget_tokens, and ${DISPLAYS.join(' or ')} as display, if any`,
    (value) => {
      if (!isObject(value)) return false;
      const { type, budget_tokens: budget, display } = value;
      return (
        TYPES.includes(type as Thinking['type']) &&
        (isMissing(budget) || (Number.isInteger(budget) && (budget as number) >= 0)) &&
        (isMissing(display) || DISPLAYS.includes(display as (typeof DISPLAYS)[number]))
      );
    },
  );
