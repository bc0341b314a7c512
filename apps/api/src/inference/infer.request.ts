import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { SamplingParams } from '@frontier/inference';
import type { GenerateRequest } from '@frontier/inference';
import { IsLogitBias, IsPositiveAtMost, IsStop, IsTokenIds, IsWellFormed } from './infer.validators.js';

/** `params` of an inference request; every one is optional. */
export class InferParams {
  @ApiPropertyOptional({
    description: 'New tokens at most. What the context has no room for is left out, and the answer ends with `length`.',
    type: 'integer',
    minimum: 1,
    maximum: 4096,
    default: 64,
    example: 128,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(4096)
  max_new_tokens?: number | null;

  @ApiPropertyOptional({
    description: 'End-of-text and stop strings cannot end the answer before this many tokens.',
    type: 'integer',
    minimum: 0,
    maximum: 4096,
    default: 0,
    example: 0,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(4096)
  min_new_tokens?: number | null;

  @ApiPropertyOptional({
    description: '0 always takes the most likely token; higher values make the answer more varied.',
    type: 'number',
    minimum: 0,
    maximum: 2,
    default: 0.8,
    example: 0.7,
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @ApiPropertyOptional({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    type: 'number',
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 1,
    default: 1,
    example: 0.95,
  })
  @IsOptional()
  @IsPositiveAtMost(1)
  top_p?: number | null;

  @ApiPropertyOptional({
    description: 'Keeps the k most likely tokens; 0 keeps all.',
    type: 'integer',
    minimum: 0,
    default: 0,
    example: 40,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  top_k?: number | null;

  @ApiPropertyOptional({
    description: "Keeps tokens with at least this share of the most likely token's probability; 0 keeps all.",
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0,
    example: 0.05,
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(1)
  min_p?: number | null;

  @ApiPropertyOptional({
    description: 'Above 1, tokens that are already in prompt or answer become less likely; 1 is off.',
    type: 'number',
    minimum: 0.1,
    maximum: 10,
    default: 1,
    example: 1.1,
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0.1)
  @Max(10)
  repetition_penalty?: number | null;

  @ApiPropertyOptional({
    description: "Subtracted from a token's logit once per occurrence in the answer.",
    type: 'number',
    minimum: -2,
    maximum: 2,
    default: 0,
    example: 0,
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(-2)
  @Max(2)
  frequency_penalty?: number | null;

  @ApiPropertyOptional({
    description: "Subtracted from a token's logit if it occurs in the answer.",
    type: 'number',
    minimum: -2,
    maximum: 2,
    default: 0,
    example: 0,
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(-2)
  @Max(2)
  presence_penalty?: number | null;

  @ApiPropertyOptional({
    description: 'Added to the logits of single tokens: up to 1024 token ids, each with a value from -100 to 100.',
    type: 'object',
    additionalProperties: { type: 'number', minimum: -100, maximum: 100 },
    example: { '15': -100 },
  })
  @IsOptional()
  @IsLogitBias()
  logit_bias?: Record<string, number> | null;

  @ApiPropertyOptional({
    description: 'The same seed, prompt and parameters give the same answer, whatever else the server does.',
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    example: 42,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed?: number | null;

  @ApiPropertyOptional({
    description: 'The answer ends before the first of these: a text, or up to 16 of them, of 1 to 256 characters.',
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: 16 }],
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStop()
  stop?: string | string[] | null;

  @ApiPropertyOptional({
    description: 'The answer ends at any of these tokens; up to 64.',
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: 64,
    example: [0],
  })
  @IsOptional()
  @IsTokenIds()
  stop_token_ids?: number[] | null;

  @ApiPropertyOptional({
    description: "Keeps generating past the model's own end-of-text tokens.",
    type: 'boolean',
    default: false,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  ignore_eos?: boolean | null;
}

/** The body of `POST /v1/infer` and `POST /v1/infer/stream`. */
export class InferRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias; without it, the server's default model answers.",
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;

  @ApiProperty({
    description: 'The text to continue.',
    minLength: 1,
    maxLength: 8192,
    example: 'Once upon a time',
  })
  @IsString()
  @Length(1, 8192)
  @IsWellFormed()
  prompt!: string;

  @ApiPropertyOptional({ description: 'How to generate.', type: InferParams })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InferParams)
  params?: InferParams | null;
}

/** The request in the terms of the inference service. */
export function toGenerateRequest({ model, prompt, params }: InferRequest): GenerateRequest {
  return { model: model ?? undefined, prompt, params: params ? toSamplingParams(params) : undefined };
}

/** Fields that are absent or null are left out, so that they take their default. */
function toSamplingParams(wire: InferParams): Partial<SamplingParams> {
  const given: { [Name in keyof SamplingParams]: SamplingParams[Name] | null | undefined } = {
    maxNewTokens: wire.max_new_tokens,
    minNewTokens: wire.min_new_tokens,
    temperature: wire.temperature,
    topP: wire.top_p,
    topK: wire.top_k,
    minP: wire.min_p,
    repetitionPenalty: wire.repetition_penalty,
    frequencyPenalty: wire.frequency_penalty,
    presencePenalty: wire.presence_penalty,
    logitBias:
      wire.logit_bias && new Map(Object.entries(wire.logit_bias).map(([token, bias]) => [Number(token), bias])),
    seed: wire.seed,
    stop: typeof wire.stop === 'string' ? [wire.stop] : wire.stop,
    stopTokenIds: wire.stop_token_ids,
    ignoreEos: wire.ignore_eos,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
}
