import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, IntegerField } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { ScoringRequest } from '../request/scoring.request.js';
import { FlagField } from '../request/field.decorators.js';

/** A document to rank: a text, or an object with one. */
export type RerankDocument = string | { text: string };

const QUERY = { description: 'The text that documents are ranked for.', minLength: 1, example: 'What do cats eat?' };

/** The body of `POST /v1/rerank`. */
@BodyRules({ unknownFields: 'ignored', check: rerankErrors })
export class RerankRequest extends ScoringRequest {
  @ApiProperty(QUERY)
  @Allow()
  query!: string;

  @ApiProperty({
    description: `The documents: up to ${ENCODER_LIMITS.inputs} texts, or objects with a text.`,
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'object', properties: { text: { type: 'string' } } }] },
    minItems: 1,
    maxItems: ENCODER_LIMITS.inputs,
    example: ['Cats eat mice.', 'Berlin is a city.'],
  })
  @Allow()
  documents!: RerankDocument[];

  @IntegerField({ description: 'The best results that are sent; 0 or more than there are: all.', min: 0, example: 3 })
  top_n?: number | null;

  @IntegerField({
    description: 'Cuts documents to so many tokens, or as many as the query has, where those are more.',
    min: 1,
    example: 256,
  })
  max_tokens_per_doc?: number | null;

  @FlagField('Sends the texts of the documents. Default: true; false on `/v2/rerank`.')
  return_documents?: boolean | null;
}

/** The invalid fields of a query and its documents. By hand: there may be thousands. */
export function rerankErrors(body: object): FieldError[] {
  const { query, documents } = body as { query?: unknown; documents?: unknown };
  return [
    ...queryErrors(query),
    ...listErrors(documents, 'documents', (item) => textFault(textOf(item), 'may be empty')),
  ];
}

export function queryErrors(query: unknown): FieldError[] {
  const fault = textFault(query);
  return fault === undefined ? [] : [{ pointer: '/query', detail: `query: ${fault}` }];
}

/** The first fault of a list of documents. */
export function listErrors(list: unknown, field: string, faultOf: (item: unknown) => string | undefined): FieldError[] {
  const fault = (detail: string, pointer = `/${field}`): FieldError[] => [{ pointer, detail }];
  if (!Array.isArray(list)) return fault(`${field} must be a list of texts`);
  if (list.length === 0) return fault(`${field} must not be empty`);
  if (list.length > ENCODER_LIMITS.inputs) return fault(`${field} must have at most ${ENCODER_LIMITS.inputs} texts`);
  for (const [i, item] of list.entries()) {
    const detail = faultOf(item);
    if (detail !== undefined) return fault(`${field}: ${detail}`, `/${field}/${i}`);
  }
  return [];
}

/** The text of a document. */
export function textOf(document: unknown): unknown {
  return typeof document === 'object' && document !== null ? (document as { text?: unknown }).text : document;
}
