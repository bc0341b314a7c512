import type { Completion, GenerationEvent, PromptLogprobs, TokenLogprobs } from '@frontier/inference';

/** Prompts that are written before their completions. */
export interface Echo {
  /** By prompt. */
  texts: readonly string[];
  /** True if nothing is written behind them. */
  isAlone: boolean;
}

/** A piece of a completion as it is written. */
interface EchoedPiece {
  text: string;
  logprobs: readonly (TokenLogprobs | PromptLogprobs)[];
}

/** A whole choice with its prompt before it. */
export function echoed(
  { text, logprobs }: Completion['choices'][number],
  promptLogprobs: readonly PromptLogprobs[] = [],
  prompt: string,
  { isAlone }: Echo,
): EchoedPiece {
  return {
    text: isAlone ? prompt : prompt + text,
    logprobs: isAlone ? promptLogprobs : [...promptLogprobs, ...logprobs],
  };
}

/** Puts prompts before the first pieces of their completions. */
export class EchoWriter {
  private readonly begun = new Set<number>();
  private readonly promptLogprobs = new Map<number, readonly PromptLogprobs[]>();

  constructor(private readonly echo: Echo | undefined) {}

  /**
   * A piece as it is written.
   * @param choice the place of the choice among those of all prompts
   */
  piece({ text, logprobs = [], promptLogprobs }: GenerationEvent, prompt: number, choice: number): EchoedPiece {
    if (!this.echo) return { text, logprobs };
    if (promptLogprobs) this.promptLogprobs.set(prompt, promptLogprobs);
    const rest = this.echo.isAlone ? { text: '', logprobs: [] } : { text, logprobs };
    if (this.begun.has(choice)) return rest;
    this.begun.add(choice);
    const before = this.promptLogprobs.get(prompt) ?? [];
    return { text: this.echo.texts[prompt] + rest.text, logprobs: [...before, ...rest.logprobs] };
  }
}
