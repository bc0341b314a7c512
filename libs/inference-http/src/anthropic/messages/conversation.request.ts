import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsOptional, IsString, Length } from 'class-validator';
import { BodyRules } from '@frontier/http';
import { MAX_MESSAGES } from '../../sampling/conversation-limits.js';
import { IsOutputConfig, OUTPUT_CONFIG_PROPERTY, type OutputConfig } from '../request/output-config.js';
import { refusedFields } from '../request/peer-fields.js';
import { IsThinking, type Thinking, THINKING_PROPERTY } from '../request/thinking.js';
import { type Tool, TOOL_CHOICE_PROPERTY, type ToolChoice, TOOLS_PROPERTY } from '../tools/tool.fields.js';
import { toolErrors } from '../tools/tool-errors.js';
import type { TextBlock } from './content-block.js';
import { MessageParam, messagesErrors, TEXT_SCHEMAS } from './message.param.js';

/** A conversation and its tools: the fields that the prompt is made of. */
@BodyRules({
  unknownFields: 'ignored',
  check: (body) => [...refusedFields(body), ...messagesErrors(body), ...toolErrors(body)],
})
export class ConversationRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias. Default: the server's default model.",
    nullable: true,
    type: String,
    example: 'storyteller',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;

  @ApiProperty({
    description:
      'The conversation so far; consecutive messages of a role are one turn. Where the last one is of the assistant, the answer continues it.',
    type: [MessageParam],
    minItems: 1,
    maxItems: MAX_MESSAGES,
  })
  @IsDefined()
  messages!: MessageParam[];

  @ApiPropertyOptional({
    description: 'Instructions before the conversation.',
    oneOf: TEXT_SCHEMAS,
    nullable: true,
    example: 'You tell stories to children.',
  })
  @IsOptional()
  system?: string | TextBlock[] | null;

  @ApiPropertyOptional(TOOLS_PROPERTY)
  @IsOptional()
  tools?: Tool[] | null;

  @ApiPropertyOptional(TOOL_CHOICE_PROPERTY)
  @IsOptional()
  tool_choice?: ToolChoice | null;

  @ApiPropertyOptional(THINKING_PROPERTY)
  @IsOptional()
  @IsThinking()
  thinking?: Thinking | null;

  @ApiPropertyOptional(OUTPUT_CONFIG_PROPERTY)
  @IsOptional()
  @IsOutputConfig()
  output_config?: OutputConfig | null;
}

/** The body of `POST /v1/messages/count_tokens`. */
export class CountTokensRequest extends ConversationRequest {}
