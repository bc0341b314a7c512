import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, IntegerField } from '@frontier/http';
import { refusedEmbeddingFields } from '../request/encoder-peer-fields.js';
import { type EncoderInputField, inputErrors } from '../request/encoder-input.js';
import { EncoderRequest } from '../request/encoder.request.js';
import { FlagField, InputField, NameField } from '../request/field.decorators.js';

const FORMATS = ['float', 'base64'] as const;

/** The body of `POST /v1/embeddings`. */
@BodyRules({ unknownFields: 'ignored', check: embeddingErrors })
export class EmbeddingRequest extends EncoderRequest {
  @InputField('The cat sat on the mat.')
  input!: EncoderInputField;

  @ApiPropertyOptional({
    description: '`base64`: the numbers as 32-bit floats, little-endian.',
    enum: FORMATS,
    default: 'float',
    nullable: true,
    example: 'float',
  })
  @IsOptional()
  @IsIn(FORMATS)
  encoding_format?: (typeof FORMATS)[number] | null;

  @IntegerField({
    description: 'Numbers of a vector, for models whose vectors may be cut (Matryoshka). Default: all.',
    min: 1,
    example: 256,
  })
  dimensions?: number | null;

  @FlagField('Gives vectors the length 1. Default: as the model makes them.')
  normalize?: boolean | null;

  @NameField("The name of one of the model's prompts, which is put before texts. Default: the model's own.")
  prompt_name?: string | null;
}

function embeddingErrors(body: object): FieldError[] {
  const refused = refusedEmbeddingFields(body);
  return refused.length > 0 ? refused : inputErrors((body as { input?: unknown }).input, '/input');
}
