import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Answer, type AnswerForm, type Completion, readAnswer } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import { type ChatFinishReason, chatFinishReason } from '../response/chat-finish-reason.js';
import { CompletionEnvelope } from '../response/completion-envelope.js';
import { ChatLogprobs, toChatLogprobs } from '../response/token-logprobs.js';
import { OpenAiUsage, toOpenAiUsage } from '../response/usage.js';
import { ToolCall, toToolCall } from '../tools/tool-call.js';

class ChatAnswerMessage {
  @ApiProperty({ description: 'Role of the author.', enum: ['assistant'], example: 'assistant' })
  role!: 'assistant';

  @ApiProperty({
    description: 'Content of the message; null where it has calls alone.',
    type: String,
    nullable: true,
    example: 'One day, the fox decided to go for a walk.',
  })
  content!: string | null;

  @ApiPropertyOptional({
    description: 'What the model thought before its message, where it did.',
    example: 'The user wants a story about a fox.',
  })
  reasoning_content?: string;

  @ApiPropertyOptional({ description: 'Calls of tools, where there are any.', type: [ToolCall] })
  tool_calls?: ToolCall[];

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
    description:
      '`stop`: the model or a stop string ended it; `tool_calls`: it calls tools; `length`: a limit ended it.',
    enum: ['stop', 'length', 'tool_calls'],
    example: 'stop',
  })
  finish_reason!: ChatFinishReason;
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
  { form, withLogprobs }: { form: AnswerForm; withLogprobs: boolean },
): ChatCompletion {
  return {
    ...head,
    object: 'chat.completion',
    choices: choices.map(({ text, finishReason, logprobs }, index) => {
      const answer = readAnswer(text, form);
      return {
        index,
        message: toMessage(answer),
        logprobs: withLogprobs ? toChatLogprobs(logprobs) : null,
        finish_reason: chatFinishReason(finishReason, answer.calls.length),
      };
    }),
    usage: toOpenAiUsage(usage),
  };
}

function toMessage({ text, reasoning, calls }: Answer): ChatAnswerMessage {
  return {
    role: 'assistant',
    content: calls.length > 0 && text === '' ? null : text,
    refusal: null,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(toToolCall) }),
  };
}
