import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import { BodyRules, IntegerField, IsWellFormed, NestedObject, NumberField } from '@frontier/http';
import { IsStop } from '../../sampling/field.validators.js';
import { SamplingFields } from '../../sampling/sampling.fields.js';

/** As the protocol has it. */
export const DEFAULT_MAX_TOKENS = 20;

/** `parameters` of a request to generate. Null stands for a default. */
@BodyRules({ unknownFields: 'ignored' })
export class GenerateParameters extends SamplingFields {
  @IntegerField({ description: 'New tokens at most.', min: 1, default: DEFAULT_MAX_TOKENS, example: 64 })
  max_tokens?: number | null;

  @NumberField({ description: '0 always takes the most likely token.', min: 0, max: 2, example: 0.7 })
  temperature?: number | null;

  @NumberField({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    min: 0,
    exclusiveMin: true,
    max: 1,
    example: 0.95,
  })
  top_p?: number | null;

  @IntegerField({ description: 'Keeps the k most likely tokens; 0 keeps all.', min: 0, example: 40 })
  top_k?: number | null;

  @IntegerField({ description: 'Makes the text reproducible.', min: 0, max: 2 ** 63, example: 42 })
  seed?: number | null;

  @ApiPropertyOptional({
    description: 'The text ends before the first of these.',
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStop()
  stop?: string | string[] | null;

  @ApiPropertyOptional({ description: 'Adds `details`.', type: Boolean, nullable: true, example: true })
  @IsOptional()
  @IsBoolean()
  details?: boolean | null;
}

/** The body of `generate` and `generate_stream`. */
@BodyRules({ unknownFields: 'ignored' })
export class OpenGenerateRequest {
  @ApiProperty({ description: 'The text to continue.', minLength: 1, example: 'Once upon a time' })
  @IsString()
  @Length(1)
  @IsWellFormed()
  text_input!: string;

  @ApiPropertyOptional({ description: 'Comes back with the answer.', type: String, nullable: true, example: '7' })
  @IsOptional()
  @IsString()
  @Length(0, 256)
  id?: string | null;

  @ApiPropertyOptional({ description: 'Sampling parameters.', type: GenerateParameters })
  @IsOptional()
  @NestedObject(() => GenerateParameters)
  parameters?: GenerateParameters | null;
}
