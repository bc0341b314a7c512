import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules, checkField, IsWellFormed } from '@frontier/http';
import { isTokenId } from '../../sampling/field.validators.js';
import { ChatMessage, messagesErrors } from '../chat/chat.message.js';
import { type FunctionTool, TOOL_CHOICE_PROPERTY, type ToolChoice, TOOLS_PROPERTY } from '../tools/tool.fields.js';
import { toolErrors } from '../tools/tool-errors.js';
import { refusedFields } from '../request/peer-fields.js';

/** Characters of a text, and tokens: more would hold up the engine for long. */
export const MAX_TEXT = 100_000;

/** The model of a request. */
@BodyRules({
  unknownFields: 'ignored',
  check: refusedFields,
})
export class ModelTextRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias; without it, the server's default model.",
    nullable: true,
    type: String,
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;
}

/** A request for tokens in the form of vLLM. */
@BodyRules({ unknownFields: 'ignored', check: tokenizeErrors })
export class TokenizeRequest extends ModelTextRequest {
  @ApiPropertyOptional({
    description: 'A text; this, or messages.',
    maxLength: MAX_TEXT,
    nullable: true,
    type: String,
    example: 'Once upon a time',
  })
  @IsOptional()
  @IsWellFormed()
  @MaxLength(MAX_TEXT)
  @IsString()
  prompt?: string | null;

  @ApiPropertyOptional({ description: 'A conversation; this, or a prompt.', type: [ChatMessage], nullable: true })
  @IsOptional()
  messages?: ChatMessage[] | null;

  @ApiPropertyOptional(TOOLS_PROPERTY)
  @IsOptional()
  tools?: FunctionTool[] | null;

  @ApiPropertyOptional(TOOL_CHOICE_PROPERTY)
  @IsOptional()
  tool_choice?: ToolChoice | null;

  @ApiPropertyOptional({
    description:
      "Adds the special tokens that the model expects around a text. Default: true for a prompt; for messages, what the model's chat template says.",
    type: Boolean,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  add_special_tokens?: boolean | null;
}

/** The body of `POST /detokenize`. */
export class DetokenizeRequest extends ModelTextRequest {
  @ApiProperty({
    description: 'Token ids.',
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: MAX_TEXT,
    example: [0, 477, 474],
  })
  @IsDetokenizable()
  tokens!: number[];
}

/** The body of `POST /apply-template`. */
@BodyRules({
  unknownFields: 'ignored',
  check: (body) => [
    ...refusedFields(body, ['tools', 'tool_choice']),
    ...messagesErrors((body as { messages?: unknown }).messages),
    ...toolErrors(body),
  ],
})
export class ApplyTemplateRequest extends ModelTextRequest {
  @ApiProperty({ description: 'A conversation.', type: [ChatMessage] })
  @IsDefined()
  messages!: ChatMessage[];

  @ApiPropertyOptional(TOOLS_PROPERTY)
  @IsOptional()
  tools?: FunctionTool[] | null;

  @ApiPropertyOptional(TOOL_CHOICE_PROPERTY)
  @IsOptional()
  tool_choice?: ToolChoice | null;
}

/** The invalid fields of a text or a conversation. */
export function tokenizeErrors(body: object): FieldError[] {
  const { messages } = body as { messages?: unknown };
  return [
    ...refusedFields(body, ['tools', 'tool_choice']),
    ...(messages === undefined || messages === null ? [] : messagesErrors(messages)),
    ...toolErrors(body),
  ];
}

function IsDetokenizable(): PropertyDecorator {
  return checkField('isDetokenizable', `a list of at most ${MAX_TEXT} token ids`, (value) => {
    return Array.isArray(value) && value.length <= MAX_TEXT && value.every(isTokenId);
  });
}
