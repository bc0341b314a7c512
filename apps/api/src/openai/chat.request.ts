import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { BodyRules } from '../http/body-rules.js';
import { IntegerField } from '../http/number-field.decorator.js';
import { ChatMessage } from './chat.message.js';
import { SamplingRequest } from './sampling.request.js';
import { UnsupportedField } from './unsupported-field.decorator.js';

const isAutomatic = (value: unknown): boolean => value === 'auto' || value === 'none';
const isTextOnly = (value: unknown): boolean => Array.isArray(value) && value.every((modality) => modality === 'text');

/** The body of `POST /v1/chat/completions`. */
@BodyRules({
  unknownFields: 'ignored',
  maxDepth: 160,
  maxValues: 100_000,
  classFields: ['messages'],
})
export class ChatRequest extends SamplingRequest {
  @ApiProperty({ description: 'The conversation so far.', type: [ChatMessage], minItems: 1, maxItems: 4096 })
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @Type(() => ChatMessage)
  @ArrayMaxSize(4096)
  @ArrayMinSize(1)
  @IsArray()
  messages!: ChatMessage[];

  @IntegerField({
    description: 'The newer name of `max_tokens`. Default: what the context has room for.',
    min: 1,
    example: 128,
  })
  max_completion_tokens?: number | null;

  @ApiPropertyOptional({
    description: 'Tells how likely each token was.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  logprobs?: boolean | null;

  @IntegerField({
    description: 'With `logprobs`: tells so many of the likeliest tokens, too.',
    min: 0,
    max: 20,
    default: 0,
    example: 3,
  })
  top_logprobs?: number | null;

  @UnsupportedField('this server calls no tools; leave it to "auto" or "none"', isAutomatic)
  tool_choice?: unknown;

  @UnsupportedField('this server calls no functions; leave it to "auto" or "none"', isAutomatic)
  function_call?: unknown;

  @UnsupportedField('this server answers with text only', isTextOnly)
  modalities?: unknown;

  @UnsupportedField('this server answers with text only')
  audio?: unknown;

  @UnsupportedField('this server does not search')
  web_search_options?: unknown;
}
