import { ApiProperty } from '@nestjs/swagger';
import type { Completion, FinishReason } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import { CompletionEnvelope } from '../response/completion-envelope.js';
import { ChatLogprobs, toChatLogprobs } from '../response/token-logprobs.js';
import { OpenAiUsage, toOpenAiUsage } from '../response/usage.js';

class ChatAnswerMessage {
  @ApiProperty({ description: 'Role of the author.', enum: ['assistant'], example: 'assistant' })
  role!: 'assistant';

  @ApiProperty({ description: 'Content of the message.', example: 'One day, the fox decided to go for a walk.' })
  content!: string;

  @ApiProperty({ description: 'Always null.', type: String, nullable: true, example: null })
  refusal!: null;
}

class ChatChoice {
  @ApiProperty({ description: 'Index of the choice, from 0 on.', example: 0 })
  index!: number;

  @ApiProperty({ description: 'The generated message.', type: ChatAnswerMessage })
  message!: ChatAnswerMessage;

  @ApiProperty(nullableObject(ChatLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: ChatLogprobs | null;

  @ApiProperty({
    description: '`stop`: the model or a stop string ended it; `length`: a limit did.',
    enum: ['stop', 'length'],
    example: 'stop',
  })
  finish_reason!: FinishReason;
}

/** The response of `POST /v1/chat/completions`. */
export class ChatCompletion extends CompletionEnvelope {
  @ApiProperty({ description: 'Type of the object.', enum: ['chat.completion'], example: 'chat.completion' })
  object!: 'chat.completion';

  @ApiProperty({ description: 'The completions.', type: [ChatChoice] })
  choices!: ChatChoice[];

  @ApiProperty({ description: 'Tokens of the request.', type: OpenAiUsage })
  usage!: OpenAiUsage;
}

export function toChatCompletion(
  head: CompletionEnvelope,
  { choices, usage }: Completion,
  withLogprobs: boolean,
): ChatCompletion {
  return {
    ...head,
    object: 'chat.completion',
    choices: choices.map(({ text, finishReason, logprobs }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: withLogprobs ? toChatLogprobs(logprobs) : null,
      finish_reason: finishReason,
    })),
    usage: toOpenAiUsage(usage),
  };
}
