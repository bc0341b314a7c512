import type { FieldError } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { MAX_OPTIONS } from '@frontier/inference';
import { inputErrors } from '../responses/input-errors.js';
import { asMessage } from './content-part.js';
import { MAX_QUESTIONS } from './question.fields.js';

const MAX_NAME = 256;

/** The invalid questions of a request. */
export function questionErrors(questions: unknown): FieldError[] {
  if (!Array.isArray(questions) || questions.length === 0 || questions.length > MAX_QUESTIONS) {
    const detail = `questions must be a list of 1 to ${MAX_QUESTIONS} questions`;
    return [{ pointer: '/questions', detail }];
  }
  const errors: FieldError[] = [];
  for (const [i, question] of questions.entries()) {
    const problem = questionProblem(question);
    if (problem !== undefined) errors.push({ pointer: `/questions/${i}`, detail: `questions[${i}] ${problem}` });
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

function questionProblem(question: unknown): string | undefined {
  if (typeof question !== 'object' || question === null || Array.isArray(question)) return 'must be an object';
  const { type, name, instructions, choices, levels } = question as Record<string, unknown>;
  if (name !== undefined && name !== null && (typeof name !== 'string' || name.length > MAX_NAME))
    return `must have a name of at most ${MAX_NAME} characters, or none`;
  if (instructions === '' || inputErrors([asMessage(instructions)]).length > 0)
    return 'must have instructions: a text, or parts of text and JSON';
  switch (type) {
    case 'predicate':
      return undefined;
    case 'choice':
      return optionsProblem('choices', choices, MAX_OPTIONS.choice, 'value');
    case 'score':
      return optionsProblem('levels', levels, MAX_OPTIONS.score, 'label');
    default:
      return 'must be of the type predicate, choice or score';
  }
}

function optionsProblem(field: string, options: unknown, most: number, key: 'value' | 'label'): string | undefined {
  if (!Array.isArray(options) || options.length < 2 || options.length > most)
    return `must have 2 to ${most} ${field}: each is answered with one token`;
  const seen = new Set<unknown>();
  for (const option of options as (Record<string, unknown> | null)[]) {
    const name = option?.[key];
    const isName = (typeof name === 'string' && name !== '') || (key === 'value' && typeof name === 'boolean');
    if (!isName) return `must have ${field} with a ${key} each`;
    const description = option!.description ?? '';
    if (typeof description !== 'string') return `must have descriptions that are texts in its ${field}`;
    if (seen.has(name)) return `must have ${field} that are all different`;
    seen.add(name);
  }
  return undefined;
}
