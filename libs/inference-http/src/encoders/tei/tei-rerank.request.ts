import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { listErrors, queryErrors, rerankErrors, RerankRequest } from '../rerank/rerank.request.js';
import { TeiRequest } from './tei.request.js';
import { FlagField } from '../request/field.decorators.js';

/** A request for a ranking in the form of TEI. */
export class TeiRerankRequest extends TeiRequest {
  @ApiProperty({ description: 'The text that texts are ranked for.', minLength: 1, example: 'What do cats eat?' })
  @Allow()
  query!: string;

  @ApiProperty({
    description: 'The texts.',
    type: [String],
    minItems: 1,
    example: ['Cats eat mice.', 'Berlin is a city.'],
  })
  @Allow()
  texts!: string[];

  @FlagField('Gives logits.', false)
  raw_scores?: boolean | null;

  @FlagField('Sends the texts.', false)
  return_text?: boolean | null;
}

/** The body of `POST /rerank`: two families of servers have this path. The one with `texts` is TEI's, any other that of `/v1/rerank`. */
@BodyRules({ unknownFields: 'ignored', check: anyRerankErrors })
export class AnyRerankRequest extends IntersectionType(RerankRequest, TeiRerankRequest) {}

/** Tests a body of `POST /rerank` for the form of TEI; before it is checked, it may be anything. */
export function isTeiRerank(body: unknown): body is TeiRerankRequest {
  if (typeof body !== 'object' || body === null) return false;
  const { texts, documents } = body as Partial<Record<'texts' | 'documents', unknown>>;
  return texts !== undefined && texts !== null && (documents === undefined || documents === null);
}

function anyRerankErrors(body: object): FieldError[] {
  if (!isTeiRerank(body)) return rerankErrors(body);
  return [...queryErrors(body.query), ...listErrors(body.texts, 'texts', (text) => textFault(text, 'may be empty'))];
}
