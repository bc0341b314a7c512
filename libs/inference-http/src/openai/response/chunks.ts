import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FinishReason } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import { CompletionEnvelope } from './completion-envelope.js';
import { ChatLogprobs, CompletionLogprobs } from './token-logprobs.js';
import { OpenAiUsage } from './usage.js';

const FINISH_REASON = {
  description: 'Why the answer ended; null until it does.',
  type: String,
  enum: ['stop', 'length', null],
  nullable: true,
  example: null,
};
const USAGE = nullableObject(
  OpenAiUsage,
  'What the request has cost, where `stream_options` asks for it; else absent, or null until the end.',
);

export class ChatDelta {
  @ApiPropertyOptional({
    description: 'Who speaks; in the first chunk of an answer.',
    enum: ['assistant'],
    example: 'assistant',
  })
  role?: 'assistant';

  @ApiPropertyOptional({ description: 'Text that is added.', example: ' there' })
  content?: string;
}

export class ChatChunkChoice {
  @ApiProperty({ description: 'Which of the answers it belongs to, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'What is added to the answer.', type: ChatDelta })
  delta!: ChatDelta;

  @ApiProperty(nullableObject(ChatLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: ChatLogprobs | null;

  @ApiProperty(FINISH_REASON)
  finish_reason!: FinishReason | null;
}

/** A piece of a streamed chat completion. */
export class ChatCompletionChunk extends CompletionEnvelope {
  @ApiProperty({ description: 'What this is.', enum: ['chat.completion.chunk'], example: 'chat.completion.chunk' })
  object!: 'chat.completion.chunk';

  @ApiProperty({ description: 'Pieces of answers; none in the chunk that tells usage alone.', type: [ChatChunkChoice] })
  choices!: ChatChunkChoice[];

  @ApiPropertyOptional(USAGE)
  usage?: OpenAiUsage | null;
}

export class CompletionChunkChoice {
  @ApiProperty({ description: 'Which of the answers it belongs to.', example: 0 })
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
  @ApiProperty({ description: 'What this is.', enum: ['text_completion'], example: 'text_completion' })
  object!: 'text_completion';

  @ApiProperty({
    description: 'Pieces of answers; none in the chunk that tells usage alone.',
    type: [CompletionChunkChoice],
  })
  choices!: CompletionChunkChoice[];

  @ApiPropertyOptional(USAGE)
  usage?: OpenAiUsage | null;
}
