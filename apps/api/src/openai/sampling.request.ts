import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS, PRIORITIES, type Priority } from '@frontier/inference';
import { AsGiven } from '../http/as-given.decorator.js';
import { IsLogitBias, IsStop, IsTokenIds, LIMITS } from '../http/field.validators.js';
import { IntegerField, NumberField } from '../http/number-field.decorator.js';
import { IsResponseFormat, RESPONSE_FORMAT_SCHEMAS, type ResponseFormat } from './response-format.js';
import { IsStreamOptions, type StreamOptions } from './stream-options.js';

/** Stop strings of OpenAI's API. */
const MAX_STOPS = 4;

/** What chats and completions have in common. Every field is optional, and null stands for its default. */
export class SamplingRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias; without it, the server's default model answers.",
    nullable: true,
    type: String,
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;

  @IntegerField({
    description: 'New tokens at most. What the context has no room for is left out, and the answer ends with `length`.',
    min: 1,
    example: 128,
  })
  max_tokens?: number | null;

  @NumberField({
    description: "0 always takes the most likely token. Default: the model's own, else 1.",
    min: 0,
    max: 2,
    example: 0.7,
  })
  temperature?: number | null;

  @NumberField({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    min: 0,
    max: 1,
    default: DEFAULTS.topP,
    example: 0.95,
  })
  top_p?: number | null;

  @IntegerField({
    description: 'Answers to each prompt, which is computed once.',
    min: 1,
    max: 8,
    default: 1,
    example: 1,
  })
  n?: number | null;

  @ApiPropertyOptional({
    description: `The answer ends before the first of these: a text, or up to ${MAX_STOPS}.`,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: MAX_STOPS }],
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @AsGiven()
  @IsStop(MAX_STOPS)
  stop?: string | string[] | null;

  @IntegerField({
    description: 'The same seed, prompt and parameters give the same answer, whatever else the server does.',
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
    example: 42,
  })
  seed?: number | null;

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
  @AsGiven()
  @IsLogitBias()
  logit_bias?: Record<string, number> | null;

  @ApiPropertyOptional({
    description: 'Sends the answer as server-sent events while it is generated.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({
    description: 'What a stream tells beside text: usage in a last chunk, or in every chunk.',
    type: 'object',
    properties: {
      include_usage: { type: 'boolean', nullable: true },
      continuous_usage_stats: { type: 'boolean', nullable: true },
    },
    nullable: true,
    example: { include_usage: true },
  })
  @IsOptional()
  @AsGiven()
  @IsStreamOptions()
  stream_options?: StreamOptions | null;

  @ApiPropertyOptional({
    description: [
      'Makes the answer JSON without white space, and of a schema: `json_object` or `json_schema`. Keywords: type,',
      'properties, required, additionalProperties, items, minItems, maxItems, minLength, maxLength, minimum, maximum,',
      'exclusiveMinimum, exclusiveMaximum, enum, const, anyOf, allOf of one, $ref; others are refused by name.',
      'An answer that max_tokens cuts ends with `length`.',
    ].join('\n'),
    oneOf: RESPONSE_FORMAT_SCHEMAS,
    nullable: true,
    example: { type: 'json_object' },
  })
  @IsOptional()
  @AsGiven()
  @IsResponseFormat()
  response_format?: ResponseFormat | null;

  @ApiPropertyOptional({ description: 'Whom you ask for; not used.', type: String, nullable: true, example: 'user-1' })
  @IsOptional()
  @IsString()
  user?: string | null;

  @ApiPropertyOptional({
    description: 'Notes of your own; not used.',
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    example: { run: '7' },
  })
  @IsOptional()
  @AsGiven()
  @IsObject()
  metadata?: Record<string, unknown> | null;

  @IntegerField({
    description: 'Keeps the k most likely tokens; 0 or -1 keeps all.',
    min: -1,
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

  @ApiPropertyOptional({
    description: `The answer ends at any of these tokens; up to ${LIMITS.stopTokens}.`,
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: LIMITS.stopTokens,
    nullable: true,
    example: [0],
  })
  @IsOptional()
  @AsGiven()
  @IsTokenIds()
  stop_token_ids?: number[] | null;

  @IntegerField({
    description: 'End-of-text and stop strings cannot end the answer before this many tokens.',
    min: 0,
    default: DEFAULTS.minNewTokens,
    example: 0,
  })
  min_tokens?: number | null;

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

  @ApiPropertyOptional({
    description: 'How urgent the request is: its class in the queue.',
    enum: PRIORITIES,
    default: 'normal',
    nullable: true,
    example: 'normal',
  })
  @IsOptional()
  @IsIn(PRIORITIES)
  priority?: Priority | null;
}
