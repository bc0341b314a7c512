import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsIn, IsObject, IsOptional, IsString } from 'class-validator';
import { BodyRules, IntegerField } from '@frontier/http';
import { refusedFields } from '../request/peer-fields.js';
import { SamplingRequest } from '../request/sampling.request.js';
import { TOOL_LIMITS } from '../../sampling/conversation-limits.js';
import { PARALLEL_TOOL_CALLS_PROPERTY } from '../tools/tool.fields.js';
import { TOOL_CHOICES } from '../tools/tool-errors.js';
import { requestErrors } from './request-errors.js';
import type { InputItem, TextFormat } from './response-fields.js';
import type { FlatToolChoice, ResponsesTool } from './response-tools.js';
import { MAX_ITEMS } from './input-errors.js';

/** The body of `POST /v1/responses`. */
@BodyRules({
  unknownFields: 'ignored',
  check: (body) => [...refusedFields(body, ['tools', 'tool_choice']), ...requestErrors(body)],
})
export class ResponsesRequest extends SamplingRequest {
  @ApiProperty({
    description:
      'A text of the user, or the items of a conversation: messages, calls of functions and their outputs, what the model thought, and references to items of the last hour.',
    oneOf: [
      { type: 'string' },
      { type: 'array', maxItems: MAX_ITEMS, items: { type: 'object', additionalProperties: true } },
    ],
    example: 'Tell me a story about a fox.',
  })
  @IsDefined()
  input!: string | InputItem[];

  @ApiPropertyOptional({
    description: 'A system message before the input.',
    type: String,
    nullable: true,
    example: 'Be brief.',
  })
  @IsOptional()
  @IsString()
  instructions?: string | null;

  @IntegerField({ description: 'New tokens at most. Default: the room of the context.', min: 1, example: 128 })
  max_output_tokens?: number | null;

  @ApiPropertyOptional({
    description:
      'Functions that the model may call, and namespaces of them. `web_search` is left out, with a `Warning` header; other tools are refused.',
    type: 'array',
    maxItems: TOOL_LIMITS.tools,
    items: {
      type: 'object',
      required: ['type'],
      properties: {
        type: { type: 'string', enum: ['function', 'namespace', 'web_search'] },
        name: { type: 'string', minLength: 1, maxLength: TOOL_LIMITS.name },
        tools: { type: 'array', items: { type: 'object', additionalProperties: true } },
        description: { type: 'string', nullable: true },
        parameters: { type: 'object', nullable: true, additionalProperties: true },
        strict: { type: 'boolean', nullable: true },
      },
    },
    nullable: true,
    example: [{ type: 'function', name: 'now', parameters: { type: 'object', properties: {} } }],
  })
  @IsOptional()
  tools?: ResponsesTool[] | null;

  @ApiPropertyOptional({
    description: '`none`, `auto`, `required`, or the function to call.',
    oneOf: [
      { type: 'string', enum: [...TOOL_CHOICES] },
      {
        type: 'object',
        required: ['type', 'name'],
        properties: { type: { type: 'string', enum: ['function'] }, name: { type: 'string' } },
      },
    ],
    nullable: true,
    example: 'auto',
  })
  @IsOptional()
  tool_choice?: FlatToolChoice | null;

  @ApiPropertyOptional(PARALLEL_TOOL_CALLS_PROPERTY)
  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean | null;

  @ApiPropertyOptional({
    description: 'The form of the text: `{"format": {"type": "text" | "json_object" | "json_schema", ...}}`.',
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { format: { type: 'text' } },
  })
  @IsOptional()
  @IsObject()
  text?: { format?: TextFormat | null } | null;

  @ApiPropertyOptional({
    description: 'How much a model thinks that can: `effort` is a variable of its chat template.',
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { effort: 'low' },
  })
  @IsOptional()
  @IsObject()
  reasoning?: { effort?: string | null; summary?: string | null } | null;

  @IntegerField({
    description: 'With `include: ["message.output_text.logprobs"]`: adds so many of the most likely tokens, too.',
    min: 0,
    max: 20,
    default: 0,
    example: 3,
  })
  top_logprobs?: number | null;

  @ApiPropertyOptional({
    description: 'Adds `message.output_text.logprobs`.',
    type: [String],
    nullable: true,
    example: ['message.output_text.logprobs'],
  })
  @IsOptional()
  include?: string[] | null;

  @ApiPropertyOptional({
    description: 'True or false: responses are not kept, and say so.',
    type: Boolean,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  store?: boolean | null;

  @ApiPropertyOptional({
    description: 'A prompt that is too long is refused, or loses its beginning.',
    type: String,
    enum: ['auto', 'disabled'],
    default: 'disabled',
    nullable: true,
    example: 'disabled',
  })
  @IsOptional()
  @IsIn(['auto', 'disabled'])
  truncation?: 'auto' | 'disabled' | null;
}
