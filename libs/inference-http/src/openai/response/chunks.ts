import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FinishReason } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import { CompletionEnvelope } from './completion-envelope.js';
import { ChatLogprobs, CompletionLogprobs } from './token-logprobs.js';
import { OpenAiUsage } from './usage.js';

const FINISH_REASON = {
  description: 'Reason for the end of the completion; null until then.',
  type: String,
  enum: ['stop', 'length', null],
  nullable: true,
  example: null,
};
const USAGE = nullableObject(
  OpenAiUsage,
  'Tokens of the request, where `stream_options` requests them; else absent, or null until the end.',
);

class ChatDelta {
  @ApiPropertyOptional({
    description: 'Role of the author; in the first chunk of a choice.',
    enum: ['assistant'],
    example: 'assistant',
  })
  role?: 'assistant';

  @ApiPropertyOptional({ description: 'Text that is added.', example: ' there' })
  content?: string;
}

export class ChatChunkChoice {
  @ApiProperty({ description: 'Index of its choice, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'Addition to the message.', type: ChatDelta })
  delta!: ChatDelta;

  @ApiProperty(nullableObject(ChatLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: ChatLogprobs | null;

  @ApiProperty(FINISH_REASON)
  finish_reason!: FinishReason | null;
}

/** A piece of a streamed chat completion. */
export class ChatCompletionChunk extends CompletionEnvelope {
  @ApiProperty({
    description: 'Type of the object.',
    enum: ['chat.completion.chunk'],
    example: 'chat.completion.chunk',
  })
  object!: 'chat.completion.chunk';

  @ApiProperty({ description: 'Pieces of choices; none in the chunk of the usage alone.', type: [ChatChunkChoice] })
  choices!: ChatChunkChoice[];

  @ApiPropertyOptional(USAGE)
  usage?: OpenAiUsage | null;
}

class CompletionChunkChoice {
  @ApiProperty({ description: 'Index of its choice.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'Text that is added.', example: ' there' })
  text!: string;

  @ApiProperty(nullableObject(CompletionLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: CompletionLogprobs | null;

  @ApiProperty(FINISH_REASON)
  finish_reason!: FinishReason | null;
}

/** A piece of a streamed completion. */
export class TextCompletionChunk extends CompletionEnvelope {
  @ApiProperty({ description: 'Type of the object.', enum: ['text_completion'], example: 'text_completion' })
  object!: 'text_completion';

  @ApiProperty({
    description: 'Pieces of choices; none in the chunk of the usage alone.',
    type: [CompletionChunkChoice],
  })
  choices!: CompletionChunkChoice[];

  @ApiPropertyOptional(USAGE)
  usage?: OpenAiUsage | null;
}
