import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsOptional } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, NestedObject } from '@frontier/http';
import { textFault } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { listErrors } from '../rerank/rerank.request.js';
import { TeiRequest } from './tei.request.js';
import { NameField } from '../request/field.decorators.js';

/** A sentence, and those that it is compared with. */
export class SimilarityInputs {
  @ApiProperty({ description: 'The sentence.', minLength: 1, example: 'What is deep learning?' })
  source_sentence!: string;

  @ApiProperty({
    description: 'Those that it is compared with.',
    type: [String],
    minItems: 1,
    maxItems: ENCODER_LIMITS.inputs - 1,
    example: ['What is machine learning?'],
  })
  sentences!: string[];
}

/** Settings of a comparison. */
export class SimilarityParameters extends TeiRequest {
  @NameField("The name of one of the model's prompts, which is put before texts. Default: the model's own.")
  prompt_name?: string | null;
}

/** The body of `POST /similarity`. */
@BodyRules({ unknownFields: 'ignored', check: (body) => similarityErrors((body as { inputs?: unknown }).inputs) })
export class SimilarityRequest {
  @ApiProperty({ description: 'The sentences.', type: SimilarityInputs })
  @Allow()
  inputs!: SimilarityInputs;

  @ApiPropertyOptional({ description: 'Settings.', type: SimilarityParameters })
  @IsOptional()
  @NestedObject(() => SimilarityParameters)
  parameters?: SimilarityParameters | null;
}

function similarityErrors(inputs: unknown): FieldError[] {
  const { source_sentence, sentences } = (inputs ?? {}) as Partial<Record<keyof SimilarityInputs, unknown>>;
  const fault = textFault(source_sentence);
  if (fault !== undefined) return [{ pointer: '/inputs/source_sentence', detail: `source_sentence: ${fault}` }];
  const errors = listErrors(sentences, 'sentences', (text) => textFault(text));
  if (errors.length > 0 || (sentences as string[]).length < ENCODER_LIMITS.inputs) return errors;
  return [{ pointer: '/inputs/sentences', detail: `sentences must have at most ${ENCODER_LIMITS.inputs - 1} texts` }];
}
