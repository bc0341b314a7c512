import { MAX_OPTIONS, type Question } from '@frontier/inference';
import type { ContentPart } from './content-part.js';

/** Questions of a request at most. */
export const MAX_QUESTIONS = 128;

interface Choice {
  value: string | boolean;
  description?: string | null;
}

interface Level {
  label: string;
  description?: string | null;
}

interface CommonFields {
  name?: string | null;
  instructions: string | ContentPart[];
}

/** A question (https://platform.openai.com/docs/api-reference/decisions); `questionErrors` checks it. */
export type QuestionFields = CommonFields &
  (
    | { type: 'predicate' }
    | { type: 'choice'; choices: [Choice, ...Choice[]] }
    | { type: 'score'; levels: [Level, ...Level[]] }
  );

const DESCRIPTION = { type: 'string', nullable: true } as const;

/** Its documentation. */
export const QUESTION_SCHEMA = {
  type: 'object',
  required: ['type', 'instructions'],
  properties: {
    type: {
      type: 'string',
      enum: ['predicate', 'choice', 'score'],
      description: '`predicate`: how likely it is that the instructions are true.',
    },
    name: { type: 'string', nullable: true, description: 'Comes back with the answer.' },
    instructions: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }] },
    choices: {
      type: 'array',
      description: 'Of a choice: all different.',
      minItems: 2,
      maxItems: MAX_OPTIONS.choice,
      items: {
        type: 'object',
        required: ['value'],
        properties: { value: { oneOf: [{ type: 'string' }, { type: 'boolean' }] }, description: DESCRIPTION },
      },
    },
    levels: {
      type: 'array',
      description: 'Of a score: from the lowest, which is 0, to the highest.',
      minItems: 2,
      maxItems: MAX_OPTIONS.score,
      items: {
        type: 'object',
        required: ['label'],
        properties: { label: { type: 'string' }, description: DESCRIPTION },
      },
    },
  },
};

/** The question in the terms of the inference service. */
export function toQuestion(fields: QuestionFields, text: (content: string | ContentPart[]) => string): Question {
  const { type } = fields;
  const instructions = text(fields.instructions);
  if (type === 'predicate') return { type, instructions };
  const options =
    type === 'choice'
      ? fields.choices.map(({ value, description }) => ({ name: String(value), description: description ?? undefined }))
      : fields.levels.map(({ label, description }) => ({ name: label, description: description ?? undefined }));
  return { type, instructions, options };
}
