import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS, PRIORITIES, type Priority } from '@frontier/inference';
import { NumberField } from '@frontier/http';
import { IsLogitBias, IsTokenIds, LIMITS } from './field.validators.js';

/** How to sample, as far as every route that generates says it in the same words. Null stands for a default. */
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
    description: 'Above 1, tokens that are already in prompt or answer become less likely; 1 is off.',
    min: 0.1,
    max: 10,
    default: DEFAULTS.repetitionPenalty,
    example: 1.1,
  })
  repetition_penalty?: number | null;

  @NumberField({
    description: "Subtracted from a token's logit once per occurrence in the answer.",
    min: -2,
    max: 2,
    default: DEFAULTS.frequencyPenalty,
    example: 0,
  })
  frequency_penalty?: number | null;

  @NumberField({
    description: "Subtracted from a token's logit if it occurs in the answer.",
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
    description: `The answer ends at any of these tokens; up to ${LIMITS.stopTokens}.`,
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
    description:
      'How urgent the request is. Waiting requests of a better class come first, and may interrupt running ones of a lower class; the longer one waits, the better its class becomes.',
    enum: PRIORITIES,
    default: 'normal',
    nullable: true,
    example: 'normal',
  })
  @IsOptional()
  @IsIn(PRIORITIES)
  priority?: Priority | null;

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
