import { ApiProperty } from '@nestjs/swagger';
import type { GenerationEvent, Usage } from '@frontier/inference';
import type { StreamOptions } from '../request/stream-options.js';

/** Tokens of a request and its completions. */
export class OpenAiUsage {
  @ApiProperty({ description: 'Tokens of the prompts, special tokens included.', example: 12 })
  prompt_tokens!: number;

  @ApiProperty({ description: 'Tokens of all completions, end-of-text tokens included.', example: 64 })
  completion_tokens!: number;

  @ApiProperty({ description: 'Sum of both.', example: 76 })
  total_tokens!: number;
}

export function toOpenAiUsage({ promptTokens, completionTokens }: Usage): OpenAiUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** Sums up the tokens of a stream so far. */
export class StreamUsage {
  private readonly prompts = new Map<number, number>();
  private readonly completions = new Map<string, number>();

  constructor(private readonly options: StreamOptions) {}

  /** @param prompt index of the request's prompt that the event belongs to */
  add({ index, generated, started }: GenerationEvent, prompt: number): void {
    if (started) this.prompts.set(prompt, started.promptTokens);
    this.completions.set(`${prompt} ${index}`, generated);
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
    const sum = (counts: Map<unknown, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
    return toOpenAiUsage({ promptTokens: sum(this.prompts), completionTokens: sum(this.completions) });
  }
}
