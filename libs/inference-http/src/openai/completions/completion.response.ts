import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import type { Completion, FinishReason, PromptLogprobs } from '@frontier/inference';
import { LazyList, nullableObject } from '@frontier/http';
import { type Echo, echoed } from './echo.js';
import { CompletionEnvelope } from '../response/completion-envelope.js';
import { CompletionLogprobs, CompletionLogprobsWriter, tokenName } from '../response/token-logprobs.js';
import { OpenAiUsage, toOpenAiUsage, totalUsage } from '../response/usage.js';

/** A token of a prompt, or one in its place. */
class PromptLogprob {
  @ApiProperty({ description: 'The natural logarithm of its probability.', example: -0.31 })
  logprob!: number;

  @ApiProperty({ description: 'Its place among all tokens, from 1.', example: 1 })
  rank!: number;

  @ApiProperty({ description: 'The token, named as those of chats.', example: ' the' })
  decoded_token!: string;
}

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

  @ApiPropertyOptional({
    description:
      'For each token of the prompt, it and the most likely ones by their ids; null for the first. With `prompt_logprobs`.',
    type: 'array',
    items: {
      type: 'object',
      nullable: true,
      additionalProperties: { $ref: getSchemaPath(PromptLogprob) },
    },
    example: [null, { 262: { logprob: -0.31, rank: 1, decoded_token: ' the' } }],
  })
  prompt_logprobs?: Iterable<Record<string, PromptLogprob> | null>;

  @ApiPropertyOptional({ description: 'Ids of its tokens, with `return_token_ids`.', type: [Number], example: [262] })
  token_ids?: number[];

  @ApiPropertyOptional({ description: 'Ids of the tokens of the prompt.', type: [Number], example: [1, 477] })
  prompt_token_ids?: readonly number[];
}

/** The response of `POST /v1/completions`. */
@ApiExtraModels(PromptLogprob)
export class TextCompletion extends CompletionEnvelope {
  @ApiProperty({ description: 'Type of the object.', enum: ['text_completion'], example: 'text_completion' })
  object!: 'text_completion';

  @ApiProperty({ description: 'The completions.', type: [CompletionChoice] })
  choices!: CompletionChoice[];

  @ApiProperty({ description: 'Tokens of the request.', type: OpenAiUsage })
  usage!: OpenAiUsage;
}

/** The optional parts of a completion. */
export interface CompletionParts {
  withLogprobs: boolean;
  withPromptLogprobs: boolean;
  echo: Echo | undefined;
  /** The tokens of each prompt, where ids are to be returned. */
  promptIds: readonly (readonly number[])[] | undefined;
}

/** @param completions one for each prompt */
export function toTextCompletion(
  head: CompletionEnvelope,
  completions: readonly Completion[],
  { withLogprobs, withPromptLogprobs, echo, promptIds }: CompletionParts,
): TextCompletion {
  const choices = completions.flatMap(({ choices: own, promptLogprobs }, prompt) =>
    own.map((choice) => ({
      ...choice,
      ...(echo && echoed(choice, promptLogprobs, echo.texts[prompt], echo)),
      extras: {
        ...(withPromptLogprobs && { prompt_logprobs: LazyList.map(promptLogprobs ?? [], byId) }),
        ...(promptIds && {
          token_ids: echo?.isAlone ? [] : choice.logprobs.map(({ token }) => token),
          prompt_token_ids: promptIds[prompt],
        }),
      },
    })),
  );
  return {
    ...head,
    object: 'text_completion',
    choices: choices.map(({ text, finishReason, logprobs, extras }, index) => ({
      index,
      text,
      logprobs: withLogprobs ? new CompletionLogprobsWriter().write(logprobs) : null,
      finish_reason: finishReason,
      ...extras,
    })),
    usage: toOpenAiUsage(
      totalUsage(completions.map(({ usage }) => (echo?.isAlone ? { ...usage, completionTokens: 0 } : usage))),
    ),
  };
}

function byId({ top, logprob, rank, ...chosen }: PromptLogprobs): Record<string, PromptLogprob> | null {
  if (logprob === null) return null;
  const all = [...top.map((entry, i) => ({ ...entry, rank: i + 1 })), { ...chosen, logprob, rank }];
  return Object.fromEntries(
    all.map((entry) => [entry.token, { logprob: entry.logprob, rank: entry.rank, decoded_token: tokenName(entry) }]),
  );
}
