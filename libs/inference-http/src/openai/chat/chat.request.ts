import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsOptional, IsString, Length } from 'class-validator';
import { BodyRules, checkField, IntegerField } from '@frontier/http';
import { MAX_MESSAGES } from '../../sampling/conversation-limits.js';
import { ChatMessage, messagesErrors } from './chat.message.js';
import { refusedFields } from '../request/peer-fields.js';
import {
  type FunctionTool,
  PARALLEL_TOOL_CALLS_PROPERTY,
  TOOL_CHOICE_PROPERTY,
  type ToolChoice,
  TOOLS_PROPERTY,
} from '../tools/tool.fields.js';
import { toolErrors } from '../tools/tool-errors.js';
import { SamplingRequest } from '../request/sampling.request.js';

/** Variables that the route itself sets. */
const RESERVED_VARIABLES = ['messages', 'tools', 'documents', 'add_generation_prompt', 'continue_final_message'];

/** Fields that other routes refuse. */
const OWN_FIELDS = ['tools', 'tool_choice'];

/** The body of `POST /v1/chat/completions`. */
@BodyRules({
  unknownFields: 'ignored',
  check: (body) => [
    ...refusedFields(body, OWN_FIELDS),
    ...messagesErrors((body as { messages?: unknown }).messages),
    ...toolErrors(body),
  ],
})
export class ChatRequest extends SamplingRequest {
  @ApiProperty({ description: 'The conversation so far.', type: [ChatMessage], minItems: 1, maxItems: MAX_MESSAGES })
  @IsDefined()
  messages!: ChatMessage[];

  @ApiPropertyOptional(TOOLS_PROPERTY)
  @IsOptional()
  tools?: FunctionTool[] | null;

  @ApiPropertyOptional(TOOL_CHOICE_PROPERTY)
  @IsOptional()
  tool_choice?: ToolChoice | null;

  @ApiPropertyOptional(PARALLEL_TOOL_CALLS_PROPERTY)
  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean | null;

  @IntegerField({
    description: 'The newer name of `max_tokens`. Default: the room of the context.',
    min: 1,
    example: 128,
  })
  max_completion_tokens?: number | null;

  @ApiPropertyOptional({
    description: 'Adds the log probability of each token.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  logprobs?: boolean | null;

  @IntegerField({
    description: 'With `logprobs`: adds so many of the most likely tokens, too.',
    min: 0,
    max: 20,
    default: 0,
    example: 3,
  })
  top_logprobs?: number | null;

  @ApiPropertyOptional({
    description: 'Ends the prompt with the beginning of the next turn; false leaves it where the conversation ends.',
    type: Boolean,
    default: true,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  add_generation_prompt?: boolean | null;

  @ApiPropertyOptional({
    description: 'Continues the last message instead of starting a new one; needs `add_generation_prompt: false`.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  continue_final_message?: boolean | null;

  @ApiPropertyOptional({
    description: "Variables of the model's chat template, such as `enable_thinking`.",
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { enable_thinking: false },
  })
  @IsOptional()
  @IsTemplateVariables()
  chat_template_kwargs?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    description: 'Effort of a model that reasons: a variable of its chat template.',
    type: String,
    nullable: true,
    example: 'low',
  })
  @IsOptional()
  @IsString()
  @Length(1, 32)
  reasoning_effort?: string | null;
}

function IsTemplateVariables(): PropertyDecorator {
  return checkField(
    'isTemplateVariables',
    `an object of variables, without ${RESERVED_VARIABLES.join(', ')}`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !Object.keys(value).some((name) => RESERVED_VARIABLES.includes(name)),
  );
}
