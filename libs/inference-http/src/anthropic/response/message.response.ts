import { randomUUID } from 'node:crypto';
import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import type { Completion } from '@frontier/inference';
import { type AnswerBlock, AnswerText, AnswerThinking, AnswerToolUse } from './answer-block.js';
import type { BlockOptions } from './block-reader.js';
import { MessageUsage, toMessageUsage } from './message-usage.js';
import { readBlocks } from './read-blocks.js';
import { STOP_REASONS, type StopReason, stopReason } from './stop-reason.js';

/** Fields of a message that are known before it is written. */
export class MessageEnvelope {
  @ApiProperty({ description: 'Id of the message.', example: 'msg_0d3f6c1e8f5b4f0e9a4b2f6a4d0c8f11' })
  id!: string;

  @ApiProperty({ description: 'Type of the object.', enum: ['message'], example: 'message' })
  type!: 'message';

  @ApiProperty({ description: 'Role of the author.', enum: ['assistant'], example: 'assistant' })
  role!: 'assistant';

  @ApiProperty({
    description: 'Name of the model that generated the message; an alias is resolved.',
    example: 'storyteller',
  })
  model!: string;
}

/** The response of `POST /v1/messages`. */
@ApiExtraModels(AnswerText, AnswerThinking, AnswerToolUse)
export class Message extends MessageEnvelope {
  @ApiProperty({
    description: 'Thoughts, text and calls of the message, where it has them.',
    type: 'array',
    items: { oneOf: [AnswerText, AnswerThinking, AnswerToolUse].map((type) => ({ $ref: getSchemaPath(type) })) },
    example: [{ type: 'text', text: 'One day, the fox decided to go for a walk.' }],
  })
  content!: AnswerBlock[];

  @ApiProperty({
    description:
      '`end_turn`: the model ended it; `tool_use`: it calls tools; `stop_sequence`: one of the request; `max_tokens`: a limit. Null where a stream begins.',
    type: String,
    enum: [...STOP_REASONS, null],
    nullable: true,
    example: 'end_turn',
  })
  stop_reason!: StopReason | null;

  @ApiProperty({
    description: 'The stop sequence that ended it, if one did.',
    type: String,
    nullable: true,
    example: null,
  })
  stop_sequence!: string | null;

  @ApiProperty({ description: 'Tokens of the request.', type: MessageUsage })
  usage!: MessageUsage;
}

/** Begins a message. */
export function messageEnvelope(model: string): MessageEnvelope {
  return { id: `msg_${randomUUID().replaceAll('-', '')}`, type: 'message', role: 'assistant', model };
}

export function toMessage(
  envelope: MessageEnvelope,
  { choices: [{ text, finishReason, stop }], usage }: Completion,
  options: BlockOptions,
): Message {
  const { blocks, calls } = readBlocks(text, options);
  return {
    ...envelope,
    content: blocks,
    stop_reason: stopReason(finishReason, stop, calls),
    stop_sequence: stop ?? null,
    usage: toMessageUsage(usage),
  };
}
