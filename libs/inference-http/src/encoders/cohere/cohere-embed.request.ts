import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, IntegerField } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { NameField } from '../request/field.decorators.js';
import { listErrors } from '../rerank/rerank.request.js';

const INPUT_TYPES = ['search_document', 'search_query', 'classification', 'clustering'] as const;
const TRUNCATIONS = ['END', 'START', 'NONE'] as const;
const FORMS = ['float', 'base64', 'binary', 'ubinary'] as const;

/** A form of vectors. */
export type CohereForm = (typeof FORMS)[number];

/** The body of `POST /v2/embed`, as version 2 of the API of Cohere has it. */
@BodyRules({ unknownFields: 'ignored', check: cohereErrors })
export class CohereEmbedRequest {
  @NameField("A model's name or alias. Default: a model that makes embeddings.")
  model?: string | null;

  @ApiProperty({
    description: `Up to ${ENCODER_LIMITS.inputs} texts.`,
    type: [String],
    minItems: 1,
    maxItems: ENCODER_LIMITS.inputs,
    example: ['The cat sat on the mat.'],
  })
  @Allow()
  texts!: string[];

  @ApiPropertyOptional({
    description:
      "The use of the vectors, which chooses one of the model's prompts: that of this name, or `query` and `document` (`passage`) for a search. Default, and where the model has none of them: the model's own.",
    enum: INPUT_TYPES,
    nullable: true,
    example: 'search_document',
  })
  @IsOptional()
  @IsIn(INPUT_TYPES)
  input_type?: (typeof INPUT_TYPES)[number] | null;

  @ApiPropertyOptional({
    description:
      'Forms of the vectors. `base64`: 32-bit floats, little-endian. `ubinary`: a bit for each number, set where it is above 0, eight to a byte, the first one highest; `binary`: the same, less 128.',
    enum: FORMS,
    isArray: true,
    default: ['float'],
    nullable: true,
    example: ['float'],
  })
  @Allow()
  embedding_types?: CohereForm[] | null;

  @IntegerField({
    description: 'Numbers of a vector, for models whose vectors may be cut (Matryoshka). Default: all.',
    min: 1,
    example: 256,
  })
  output_dimension?: number | null;

  @IntegerField({
    description: 'Tokens of a text at most, special tokens included. Default: as many as the model takes.',
    min: 1,
    example: 256,
  })
  max_tokens?: number | null;

  @ApiPropertyOptional({
    description: 'The end that is cut from longer texts; `NONE`: they are refused.',
    enum: TRUNCATIONS,
    default: 'END',
    nullable: true,
    example: 'END',
  })
  @IsOptional()
  @IsIn(TRUNCATIONS)
  truncate?: (typeof TRUNCATIONS)[number] | null;
}

/** The forms of vectors that a request wants, each once. */
export function formsOf({ embedding_types }: CohereEmbedRequest): CohereForm[] {
  return embedding_types && embedding_types.length > 0 ? [...new Set(embedding_types)] : ['float'];
}

/** Names of prompts for each use, the first that a model has counts. */
const PROMPTS: Readonly<Record<(typeof INPUT_TYPES)[number], readonly string[]>> = {
  search_query: ['search_query', 'query'],
  search_document: ['search_document', 'document', 'passage'],
  classification: ['classification'],
  clustering: ['clustering'],
};

/** The prompt of a model for the use that a request names. */
export function promptNameOf(
  { input_type }: CohereEmbedRequest,
  prompts: Readonly<Record<string, string>>,
): string | undefined {
  return input_type ? PROMPTS[input_type].find((name) => Object.hasOwn(prompts, name)) : undefined;
}

/** By hand: there may be thousands of texts. */
function cohereErrors(body: object): FieldError[] {
  const { texts, embedding_types } = body as Partial<Record<'texts' | 'embedding_types', unknown>>;
  const refused = (['images', 'inputs'] as const).filter((field) => (body as Record<string, unknown>)[field] != null);
  if (refused.length > 0) return refused.map((field) => fault(field, 'is not supported: send texts'));
  const errors = listErrors(texts, 'texts', (text) => textFault(text));
  if (embedding_types === undefined || embedding_types === null) return errors;
  const isKnown = (form: unknown): boolean => (FORMS as readonly unknown[]).includes(form);
  if (Array.isArray(embedding_types) && embedding_types.length <= 16 && embedding_types.every(isKnown)) return errors;
  return [...errors, fault('embedding_types', `must be a list of ${FORMS.join(', ')}`)];
}

function fault(field: string, detail: string): FieldError {
  return { pointer: `/${field}`, detail: `${field} ${detail}` };
}
