import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { ScoringRequest } from '../request/scoring.request.js';
import { listErrors } from './rerank.request.js';

type Texts = string | string[];

const FIRST = ['text_1', 'queries'] as const;
const SECOND = ['text_2', 'documents', 'items'] as const;
const TEXTS = {
  nullable: true,
  oneOf: [
    { type: 'string' as const, minLength: 1 },
    { type: 'array' as const, items: { type: 'string' as const } },
  ],
};

/** The body of `POST /v1/score`. */
@BodyRules({ unknownFields: 'ignored', check: scoreErrors })
export class ScoreRequest extends ScoringRequest {
  @ApiPropertyOptional({ ...TEXTS, description: 'A text, or several.', example: 'What do cats eat?' })
  @Allow()
  text_1?: Texts | null;

  @ApiPropertyOptional({
    ...TEXTS,
    description: 'A text, or several: as many as `text_1` has, or any number where that is one.',
    example: ['Cats eat mice.', 'Berlin is a city.'],
  })
  @Allow()
  text_2?: Texts | null;

  @ApiPropertyOptional({ ...TEXTS, description: 'Another name of `text_1`.', example: null })
  @Allow()
  queries?: Texts | null;

  @ApiPropertyOptional({ ...TEXTS, description: 'Another name of `text_2`.', example: null })
  @Allow()
  documents?: Texts | null;

  @ApiPropertyOptional({ ...TEXTS, description: 'Another name of `text_2`.', example: null })
  @Allow()
  items?: Texts | null;
}

/** The pairs of a valid request: the first text with each, or pair by pair. */
export function pairsOf(body: ScoreRequest): [string, string][] {
  const first = textsOf(body, FIRST);
  const second = textsOf(body, SECOND);
  return second.map((text, i) => [first.length === 1 ? first[0] : first[i], text]);
}

function textsOf(body: ScoreRequest, names: readonly (keyof ScoreRequest)[]): string[] {
  const texts = body[names.find((name) => isGiven(body[name]))!] as Texts;
  return typeof texts === 'string' ? [texts] : texts;
}

function scoreErrors(body: object): FieldError[] {
  const errors = [...sideErrors(body, FIRST), ...sideErrors(body, SECOND)];
  if (errors.length > 0) return errors;
  const first = textsOf(body as ScoreRequest, FIRST).length;
  const second = textsOf(body as ScoreRequest, SECOND).length;
  if (first === 1 || first === second) return [];
  return [
    {
      pointer: '/text_1',
      detail: `there are ${first} first texts and ${second} second ones: send one first text, or as many`,
    },
  ];
}

function sideErrors(body: object, names: readonly string[]): FieldError[] {
  const given = names.filter((name) => isGiven((body as Record<string, unknown>)[name]));
  const [name] = names;
  if (given.length === 0) return [{ pointer: `/${name}`, detail: `${name} must be a text, or a list of texts` }];
  if (given.length > 1)
    return [{ pointer: `/${given[1]}`, detail: `${given.join(' and ')} are names of one field: send one` }];
  const value = (body as Record<string, unknown>)[given[0]];
  return listErrors(typeof value === 'string' ? [value] : value, given[0], (text) => textFault(text));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
