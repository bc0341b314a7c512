import { ApiProperty } from '@nestjs/swagger';
import type { Completion, FinishReason } from '@frontier/inference';
import { nullableObject } from '@frontier/http';
import { type Echo, echoed } from './echo.js';
import { CompletionEnvelope } from '../response/completion-envelope.js';
import { CompletionLogprobs, CompletionLogprobsWriter } from '../response/token-logprobs.js';
import { OpenAiUsage, toOpenAiUsage, totalUsage } from '../response/usage.js';

class CompletionChoice {
  @ApiProperty({ description: 'Index of the choice: those of the first prompt come first.', example: 0 })
  index!: number;

  @ApiProperty({
    description: 'The continuation, without the prompt.',
    example: ', there was a little girl named Lily.',
  })
  text!: string;

  @ApiProperty(nullableObject(CompletionLogprobs, 'How likely its tokens were, where that was asked for.'))
  logprobs!: CompletionLogprobs | null;

  @ApiProperty({
    description: '`stop`: the model or a stop string ended it; `length`: a limit did.',
    enum: ['stop', 'length'],
    example: 'length',
  })
  finish_reason!: FinishReason;
}

/** The response of `POST /v1/completions`. */
export class TextCompletion extends CompletionEnvelope {
  @ApiProperty({ description: 'Type of the object.', enum: ['text_completion'], example: 'text_completion' })
  object!: 'text_completion';

  @ApiProperty({ description: 'The completions.', type: [CompletionChoice] })
  choices!: CompletionChoice[];

  @ApiProperty({ description: 'Tokens of the request.', type: OpenAiUsage })
  usage!: OpenAiUsage;
}

/** @param completions one for each prompt */
export function toTextCompletion(
  head: CompletionEnvelope,
  completions: readonly Completion[],
  { withLogprobs, echo }: { withLogprobs: boolean; echo: Echo | undefined },
): TextCompletion {
  const choices = completions.flatMap(({ choices: own, promptLogprobs }, prompt) =>
    own.map((choice) => (echo ? { ...choice, ...echoed(choice, promptLogprobs, echo.texts[prompt], echo) } : choice)),
  );
  return {
    ...head,
    object: 'text_completion',
    choices: choices.map(({ text, finishReason, logprobs }, index) => ({
      index,
      text,
      logprobs: withLogprobs ? new CompletionLogprobsWriter().write(logprobs) : null,
      finish_reason: finishReason,
    })),
    usage: toOpenAiUsage(
      totalUsage(completions.map(({ usage }) => (echo?.isAlone ? { ...usage, completionTokens: 0 } : usage))),
    ),
  };
}
