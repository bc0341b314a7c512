import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS, type JsonSchema } from '@frontier/inference';
import { IsAllowedTokens, IsStop, LIMITS } from '../../sampling/field.validators.js';
import { SamplingFields } from '../../sampling/sampling.fields.js';
import { IntegerField, NumberField } from '@frontier/http';
import {
  IsGuidedJson,
  IsResponseFormat,
  IsStructuredOutputs,
  RESPONSE_FORMAT_SCHEMAS,
  type ResponseFormat,
} from './response-format.js';
import { IsStreamOptions, type StreamOptions } from './stream-options.js';

/** Stop strings of OpenAI's API. */
const MAX_STOPS = 4;

/** Common fields of chats and completions. Every field is optional, and null stands for its default. */
export class SamplingRequest extends SamplingFields {
  @ApiPropertyOptional({
    description: "A model's name or alias. Default: the server's default model.",
    nullable: true,
    type: String,
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;

  @IntegerField({
    description:
      'Maximum number of new tokens. The context may leave room for fewer; the completion then ends with `length`. 0 is for prompts that are echoed.',
    min: 0,
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
    description: 'Number of completions of each prompt, which is computed once.',
    min: 1,
    max: 8,
    default: 1,
    example: 1,
  })
  n?: number | null;

  @ApiPropertyOptional({
    description: `The completion ends before the first of these: a text, or up to ${MAX_STOPS}.`,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: MAX_STOPS }],
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStop(MAX_STOPS)
  stop?: string | string[] | null;

  @IntegerField({
    description: 'The same seed, prompt and parameters give the same completion, whatever else the server does.',
    min: -(2 ** 63),
    max: 2 ** 63,
    example: 42,
  })
  seed?: number | null;

  @ApiPropertyOptional({
    description: 'Sends the completion as server-sent events while it is generated.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({
    description: 'Usage in a stream: in a last chunk, or in every chunk.',
    type: 'object',
    properties: {
      include_usage: { type: 'boolean', nullable: true },
      continuous_usage_stats: { type: 'boolean', nullable: true },
    },
    nullable: true,
    example: { include_usage: true },
  })
  @IsOptional()
  @IsStreamOptions()
  stream_options?: StreamOptions | null;

  @ApiPropertyOptional({
    description: [
      'Makes the completion JSON without white space, and of a schema: `json_object` or `json_schema`. Most keywords of draft 2020-12 are',
      'kept, those that are not are refused by name.',
      'A completion that max_tokens cuts ends with `length`.',
    ].join('\n'),
    oneOf: RESPONSE_FORMAT_SCHEMAS,
    nullable: true,
    example: { type: 'json_object' },
  })
  @IsOptional()
  @IsResponseFormat()
  response_format?: ResponseFormat | null;

  @ApiPropertyOptional({
    description: 'Id of your end user; not used.',
    type: String,
    nullable: true,
    example: 'user-1',
  })
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
  @IsObject()
  metadata?: Record<string, unknown> | null;

  @IntegerField({
    description: 'Keeps the k most likely tokens; 0 or -1 keeps all.',
    min: -1,
    default: DEFAULTS.topK,
    example: 40,
  })
  top_k?: number | null;

  @ApiPropertyOptional({
    description: 'Includes the stop string that ends the completion.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  include_stop_str_in_output?: boolean | null;

  @ApiPropertyOptional({
    description: 'Leaves special tokens out of the text of the completion.',
    type: Boolean,
    default: true,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  skip_special_tokens?: boolean | null;

  @ApiPropertyOptional({
    description: `No other tokens are chosen; up to ${LIMITS.biases} token ids.`,
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    minItems: 1,
    maxItems: LIMITS.biases,
    nullable: true,
    example: [224, 477],
  })
  @IsOptional()
  @IsAllowedTokens()
  allowed_token_ids?: number[] | null;

  @IntegerField({
    description: 'Truncates the prompt to its last so many tokens; -1: to the room of the context.',
    min: -1,
    example: 512,
  })
  truncate_prompt_tokens?: number | null;

  @ApiPropertyOptional({
    description:
      'The completion is JSON of this schema, an object or its text; the same as `response_format` with a schema.',
    oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }],
    nullable: true,
    example: { type: 'object' },
  })
  @IsOptional()
  @IsGuidedJson()
  guided_json?: JsonSchema | string | null;

  @ApiPropertyOptional({
    description: 'The completion is JSON of the schema in `json`. Other structures are refused.',
    type: 'object',
    properties: { json: { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] } },
    nullable: true,
    example: { json: { type: 'object' } },
  })
  @IsOptional()
  @IsStructuredOutputs()
  structured_outputs?: { json: JsonSchema | string } | null;

  @IntegerField({
    description: 'End-of-text and stop strings cannot end the completion before this many tokens.',
    min: 0,
    default: DEFAULTS.minNewTokens,
    example: 0,
  })
  min_tokens?: number | null;
}
