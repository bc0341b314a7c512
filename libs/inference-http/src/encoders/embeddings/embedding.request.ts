import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, IntegerField } from '@frontier/http';
import { type EncoderInputField, inputErrors } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { EncoderRequest } from '../request/encoder.request.js';

const FORMATS = ['float', 'base64'] as const;

/** The body of `POST /v1/embeddings`. */
@BodyRules({ unknownFields: 'ignored', check: embeddingErrors })
export class EmbeddingRequest extends EncoderRequest {
  @ApiProperty({
    description: `A text, or the ids of its tokens, which are taken as they are; or a list of up to ${ENCODER_LIMITS.inputs} of one of both. At most ${ENCODER_LIMITS.tokens} tokens together.`,
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: ENCODER_LIMITS.inputs },
      { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
      {
        type: 'array',
        items: { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
        minItems: 1,
        maxItems: ENCODER_LIMITS.inputs,
      },
    ],
    example: 'The cat sat on the mat.',
  })
  @Allow()
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

  @ApiPropertyOptional({
    description: 'Gives vectors the length 1. Default: as the model makes them.',
    type: Boolean,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  normalize?: boolean | null;

  @ApiPropertyOptional({
    description: "The name of one of the model's prompts, which is put before texts. Default: the model's own.",
    nullable: true,
    type: String,
    example: null,
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  prompt_name?: string | null;
}

function embeddingErrors(body: object): FieldError[] {
  const { input, messages } = body as { input?: unknown; messages?: unknown };
  if (messages !== undefined && messages !== null) {
    return [{ pointer: '/messages', detail: 'messages is not supported: send their texts as input' }];
  }
  return inputErrors(input, '/input');
}
