import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FinishReason } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import type { ChatFinishReason } from './chat-finish-reason.js';
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

class CalledFunctionDelta {
  @ApiPropertyOptional({ description: 'Name of the function; in the first piece of a call.', example: 'get_weather' })
  name?: string;

  @ApiProperty({ description: 'JSON that is added to the arguments.', example: '{"city":' })
  arguments!: string;
}

class ToolCallDelta {
  @ApiProperty({ description: 'Index of the call in the message.', example: 0 })
  index!: number;

  @ApiPropertyOptional({ description: 'Id of the call; in its first piece.', example: 'call_0123456789abcdef01234567' })
  id?: string;

  @ApiPropertyOptional({
    description: 'Type of the tool; in the first piece of a call.',
    enum: ['function'],
    example: 'function',
  })
  type?: 'function';

  @ApiProperty({ description: 'The function, and a piece of its arguments.', type: CalledFunctionDelta })
  function!: CalledFunctionDelta;
}

export class ChatDelta {
  @ApiPropertyOptional({
    description: 'Role of the author; in the first chunk of a choice.',
    enum: ['assistant'],
    example: 'assistant',
  })
  role?: 'assistant';

  @ApiPropertyOptional({ description: 'Text that is added.', example: ' there' })
  content?: string;

  @ApiPropertyOptional({ description: 'Text that is added to what the model thinks.', example: 'The user' })
  reasoning_content?: string;

  @ApiPropertyOptional({
    description: 'Calls that begin, with their id and name, and pieces of their arguments.',
    type: [ToolCallDelta],
  })
  tool_calls?: ToolCallDelta[];
}

export class ChatChunkChoice {
  @ApiProperty({ description: 'Index of its choice, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'Addition to the message.', type: ChatDelta })
  delta!: ChatDelta;

  @ApiProperty(nullableObject(ChatLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: ChatLogprobs | null;

  @ApiProperty({ ...FINISH_REASON, enum: ['stop', 'length', null, 'tool_calls'] })
  finish_reason!: ChatFinishReason | null;
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

  @ApiPropertyOptional({ description: 'Ids of its tokens, with `return_token_ids`.', type: [Number], example: [262] })
  token_ids?: number[];

  @ApiPropertyOptional({
    description: 'Ids of the tokens of the prompt; in the first piece of a choice.',
    type: [Number],
    example: [1, 477],
  })
  prompt_token_ids?: readonly number[];
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
