import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { listErrors } from '../rerank/rerank.request.js';
import { TeiRequest } from './tei.request.js';
import { FlagField } from '../request/field.decorators.js';

/** A text, a pair, or a list of lists of one or two texts. A flat list of two texts is a pair. */
type PredictInputs = string | string[] | string[][];

/** The body of `POST /predict`. */
@BodyRules({ unknownFields: 'ignored', check: (body) => predictErrors((body as { inputs?: unknown }).inputs) })
export class PredictRequest extends TeiRequest {
  @ApiProperty({
    description: 'A text; a pair of texts as a list of two; or a list of lists of one or two.',
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
      { type: 'array', items: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 }, minItems: 1 },
    ],
    example: 'I love this.',
  })
  @Allow()
  inputs!: PredictInputs;

  @FlagField('Gives the logits.', false)
  raw_scores?: boolean | null;
}

/** The inputs of a valid request, and whether they were a list. */
export function predictInputs(inputs: PredictInputs): { inputs: (string | [string, string])[]; isList: boolean } {
  if (typeof inputs === 'string') return { inputs: [inputs], isList: false };
  if (typeof inputs[0] === 'string') return { inputs: [oneOrPair(inputs as string[])], isList: false };
  return { inputs: (inputs as string[][]).map(oneOrPair), isList: true };
}

function oneOrPair(texts: string[]): string | [string, string] {
  return texts.length === 1 ? texts[0] : [texts[0], texts[1]];
}

function predictErrors(inputs: unknown): FieldError[] {
  const fault = (detail: string): FieldError[] => [{ pointer: '/inputs', detail: `inputs: ${detail}` }];
  if (typeof inputs === 'string') return listErrors([inputs], 'inputs', (text) => textFault(text));
  if (!Array.isArray(inputs))
    return fault('it must be a text, a pair of texts, or a list of lists of one or two texts');
  if (typeof inputs[0] === 'string' && inputs.length > 2) {
    return fault('a flat list is one text or a pair: put each text into a list of its own');
  }
  if (typeof inputs[0] === 'string') return listErrors(inputs, 'inputs', (text) => textFault(text));
  return listErrors(inputs, 'inputs', (item) => {
    if (!Array.isArray(item) || item.length === 0 || item.length > 2) return 'it must be a list of one or two texts';
    return item.map((text) => textFault(text)).find((problem) => problem !== undefined);
  });
}
