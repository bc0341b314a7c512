import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS, PRIORITIES, type Priority } from '@frontier/inference';
import { IntegerField, NumberField } from '../http/number-field.decorator.js';
import { IsLogitBias, IsStop, IsTokenIds, LIMITS } from '../http/field.validators.js';

/** `params` of an inference request. Every one is optional, and null stands for its default. */
export class InferParams {
  @IntegerField({
    description: 'New tokens at most. What the context has no room for is left out, and the answer ends with `length`.',
    min: 1,
    max: 4096,
    default: DEFAULTS.maxNewTokens,
    example: 128,
  })
  max_new_tokens?: number | null;

  @IntegerField({
    description: 'End-of-text and stop strings cannot end the answer before this many tokens.',
    min: 0,
    max: 4096,
    default: DEFAULTS.minNewTokens,
    example: 0,
  })
  min_new_tokens?: number | null;

  @NumberField({
    description: '0 always takes the most likely token; higher values make the answer more varied.',
    min: 0,
    max: 2,
    default: DEFAULTS.temperature,
    example: 0.7,
  })
  temperature?: number | null;

  @NumberField({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    min: 0,
    exclusiveMin: true,
    max: 1,
    default: DEFAULTS.topP,
    example: 0.95,
  })
  top_p?: number | null;

  @IntegerField({
    description: 'Keeps the k most likely tokens; 0 keeps all.',
    min: 0,
    default: DEFAULTS.topK,
    example: 40,
  })
  top_k?: number | null;

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

  @IntegerField({
    description: 'The same seed, prompt and parameters give the same answer, whatever else the server does.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    example: 42,
  })
  seed?: number | null;

  @ApiPropertyOptional({
    description: `The answer ends before the first of these: a text of 1 to ${LIMITS.stopLength} characters, or up to ${LIMITS.stops} of them.`,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: LIMITS.stops }],
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStop()
  stop?: string | string[] | null;

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
    type: 'boolean',
    default: DEFAULTS.ignoreEos,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  ignore_eos?: boolean | null;
}
