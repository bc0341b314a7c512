import { ApiProperty } from '@nestjs/swagger';
import type { GenerationEvent, Usage } from '@frontier/inference';
import type { StreamOptions } from '../request/stream-options.js';

/** Tokens of the prompts, by where they came from. */
export class PromptTokensDetails {
  @ApiProperty({ description: 'Tokens that were not computed, because an earlier prompt began with them.', example: 0 })
  cached_tokens!: number;
}

/** Tokens of the completions, by how they were computed. */
export class CompletionTokensDetails {
  @ApiProperty({
    description: 'Tokens of the completions that were drafted by prompt lookup, and then verified.',
    example: 0,
  })
  accepted_prediction_tokens!: number;

  @ApiProperty({
    description:
      'Tokens that were drafted by prompt lookup and are no part of the completions. They are in no other count.',
    example: 0,
  })
  rejected_prediction_tokens!: number;
}

/** Tokens of a request and its completions. */
export class OpenAiUsage {
  @ApiProperty({ description: 'Tokens of the prompts, special tokens included.', example: 12 })
  prompt_tokens!: number;

  @ApiProperty({ description: 'Tokens of all completions, end-of-text tokens included.', example: 64 })
  completion_tokens!: number;

  @ApiProperty({ description: 'Sum of both.', example: 76 })
  total_tokens!: number;

  @ApiProperty({ description: 'Details of the prompt tokens.', type: PromptTokensDetails })
  prompt_tokens_details!: PromptTokensDetails;

  @ApiProperty({ description: 'Details of the completion tokens.', type: CompletionTokensDetails })
  completion_tokens_details!: CompletionTokensDetails;
}

export function toOpenAiUsage({ promptTokens, completionTokens, cachedTokens = 0, predictions }: Usage): OpenAiUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: {
      accepted_prediction_tokens: predictions?.accepted ?? 0,
      rejected_prediction_tokens: predictions?.rejected ?? 0,
    },
  };
}

/** The sum of several usages. */
export function totalUsage(usages: Iterable<Usage>): Required<Usage> {
  const total = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, predictions: { accepted: 0, rejected: 0 } };
  for (const { promptTokens, completionTokens, cachedTokens = 0, predictions } of usages) {
    total.promptTokens += promptTokens;
    total.completionTokens += completionTokens;
    total.cachedTokens += cachedTokens;
    total.predictions.accepted += predictions?.accepted ?? 0;
    total.predictions.rejected += predictions?.rejected ?? 0;
  }
  return total;
}

/** Sums up the tokens of a stream so far. */
export class StreamUsage {
  private readonly prompts = new Map<number, Pick<Usage, 'promptTokens' | 'cachedTokens'>>();
  private readonly completions = new Map<string, Pick<Usage, 'completionTokens' | 'predictions'>>();

  constructor(private readonly options: StreamOptions) {}

  /** @param prompt index of the request's prompt that the event belongs to */
  add({ index, generated, started, finished }: GenerationEvent, prompt: number): void {
    if (started) this.prompts.set(prompt, started);
    this.completions.set(`${prompt} ${index}`, {
      completionTokens: generated,
      predictions: finished?.usage.predictions,
    });
  }

  /** The usage in each chunk, where there is one. */
  inEachChunk(): { usage?: OpenAiUsage | null } {
    if (this.options.continuous_usage_stats) return { usage: this.usage };
    return this.options.include_usage ? { usage: null } : {};
  }

  /** The usage of a chunk of its own at the end: one or none. */
  inLastChunk(): OpenAiUsage[] {
    return this.options.include_usage ? [this.usage] : [];
  }

  private get usage(): OpenAiUsage {
    const prompts = [...this.prompts.values()].map((prompt) => ({ ...prompt, completionTokens: 0 }));
    const completions = [...this.completions.values()].map((completion) => ({ ...completion, promptTokens: 0 }));
    return toOpenAiUsage(totalUsage([...prompts, ...completions]));
  }
}
