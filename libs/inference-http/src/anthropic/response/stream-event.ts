import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { nullableObject } from '@frontier/http';
import { AnswerText, AnswerThinking, AnswerToolUse } from './answer-block.js';
import { Message } from './message.response.js';
import { MessageUsage } from './message-usage.js';

const TYPES = [
  'message_start',
  'ping',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'error',
];

/** An event of a streamed message; for the OpenAPI document. */
export class MessageStreamEvent {
  @ApiProperty({ description: 'Type of the event, and its name.', enum: TYPES, example: 'content_block_delta' })
  type!: string;

  @ApiPropertyOptional(
    nullableObject(Message, 'The message so far, with the tokens of its prompt; in `message_start`.'),
  )
  message?: Message | null;

  @ApiPropertyOptional({ description: 'Index of the block, from 0 on.', example: 0 })
  index?: number;

  @ApiPropertyOptional({
    description: 'The block that begins, empty; in `content_block_start`.',
    oneOf: [AnswerText, AnswerThinking, AnswerToolUse].map((type) => ({ $ref: getSchemaPath(type) })),
    example: { type: 'text', text: '' },
  })
  content_block?: object;

  @ApiPropertyOptional({
    description:
      'Addition to the block: `text_delta`, `thinking_delta`, `signature_delta` or `input_json_delta`; in `message_delta`, `stop_reason` and `stop_sequence`.',
    type: 'object',
    additionalProperties: true,
    example: { type: 'text_delta', text: ' there' },
  })
  delta?: object;

  @ApiPropertyOptional(nullableObject(MessageUsage, 'Tokens of the request so far; in `message_delta`.'))
  usage?: MessageUsage | null;

  @ApiPropertyOptional({
    description: 'Kind and description of a failure, which ends the stream; in `error`.',
    type: 'object',
    additionalProperties: true,
    example: { type: 'overloaded_error', message: 'The server is at capacity.' },
  })
  error?: object;

  @ApiPropertyOptional({ description: 'Id of the request; in `error`.', example: '7d2f0c4e' })
  request_id?: string;
}
