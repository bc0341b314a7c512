import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS, PRIORITIES, type Priority } from '@frontier/inference';
import { NumberField } from '@frontier/http';
import {
  IsLogitBias,
  IsLogitsProcessors,
  IsSpeculation,
  IsTokenIds,
  LIMITS,
  type LogitsProcessorField,
} from './field.validators.js';

/** Sampling parameters that every route that generates has under the same names. Null stands for a default. */
export class SamplingFields {
  @NumberField({
    description: "Keeps tokens with at least this share of the most likely token's probability; 0 keeps all.",
    min: 0,
    max: 1,
    default: DEFAULTS.minP,
    example: 0.05,
  })
  min_p?: number | null;

  @NumberField({
    description: 'Above 1, tokens that are already in prompt or completion become less likely; 1 is off.',
    min: 0.1,
    max: 10,
    default: DEFAULTS.repetitionPenalty,
    example: 1.1,
  })
  repetition_penalty?: number | null;

  @NumberField({
    description: "Subtracted from a token's logit once per occurrence in the completion.",
    min: -2,
    max: 2,
    default: DEFAULTS.frequencyPenalty,
    example: 0,
  })
  frequency_penalty?: number | null;

  @NumberField({
    description: "Subtracted from a token's logit if it occurs in the completion.",
    min: -2,
    max: 2,
    default: DEFAULTS.presencePenalty,
    example: 0,
  })
  presence_penalty?: number | null;

  @ApiPropertyOptional({
    description: `Added to the logits of single tokens: up to ${LIMITS.biases} token ids, each with a value from -100 to 100.`,
    type: 'object',
    additionalProperties: { type: 'number', minimum: -100, maximum: 100 },
    nullable: true,
    example: { '15': -100 },
  })
  @IsOptional()
  @IsLogitBias()
  logit_bias?: Record<string, number> | null;

  @ApiPropertyOptional({
    description: `The completion ends at any of these tokens; up to ${LIMITS.stopTokens}.`,
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: LIMITS.stopTokens,
    nullable: true,
    example: [0],
  })
  @IsOptional()
  @IsTokenIds()
  stop_token_ids?: number[] | null;

  @ApiPropertyOptional({
    description: `Logits processors of the model's plugin, in their order: up to ${LIMITS.processors} names, or names with parameters.`,
    type: 'array',
    items: {
      oneOf: [
        { type: 'string', minLength: 1, maxLength: LIMITS.processorName },
        {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: LIMITS.processorName },
            parameters: { type: 'object', additionalProperties: true },
          },
        },
      ],
    },
    maxItems: LIMITS.processors,
    nullable: true,
    example: null,
  })
  @IsOptional()
  @IsLogitsProcessors()
  logits_processors?: LogitsProcessorField[] | null;

  @ApiPropertyOptional({
    description:
      'Scheduling class. Waiting requests of a better class come first, and may interrupt running ones of a lower class; the longer one waits, the better its class becomes.',
    enum: PRIORITIES,
    default: 'normal',
    nullable: true,
    example: 'normal',
  })
  @IsOptional()
  @IsIn(PRIORITIES)
  priority?: Priority | null;

  @ApiPropertyOptional({
    description:
      'What the beginning of the prompt costs is saved where an earlier prompt of the same caller and salt began so. It changes no answer.',
    type: String,
    minLength: 1,
    maxLength: 1024,
    nullable: true,
    example: null,
  })
  @IsOptional()
  @IsString()
  @Length(1, 1024)
  cache_salt?: string | null;

  @ApiPropertyOptional({
    description:
      'Speculative decoding. `prompt_lookup`: tokens that are drafted at most out of what followed when the last tokens occurred before, and verified in one pass; 0 is off, null the default of the model. Fast where a completion repeats its prompt, as summaries and edits do. The completion is distributed as without it, but passes of several tokens round otherwise.',
    type: 'object',
    properties: {
      prompt_lookup: { type: 'integer', minimum: 0, maximum: LIMITS.promptLookup, nullable: true, example: 8 },
    },
    additionalProperties: false,
    nullable: true,
    example: { prompt_lookup: 8 },
  })
  @IsOptional()
  @IsSpeculation()
  speculation?: { prompt_lookup?: number | null } | null;

  @ApiPropertyOptional({
    description: "Keeps generating past the model's own end-of-text tokens.",
    type: Boolean,
    default: DEFAULTS.ignoreEos,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  ignore_eos?: boolean | null;
}
