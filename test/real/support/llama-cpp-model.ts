import type { Chat, ChatTimes } from './chat-times.ts';
import { type LlamaModel, type LlamaSequence, loadLlamaCpp } from './llama-cpp-library.ts';

/** Positions whose probabilities are asked for at once, which are maps of the whole vocabulary. */
const SCORED_AT_ONCE = 16;
/** Most likely tokens that {@link LlamaCppModel.top} returns. */
const TOP = 50;
/** Of one sequence, in tokens; the second one for prompts that the first has no room for. */
const CONTEXT_LENGTH = 1024;
const LONG_CONTEXT_LENGTH = 2304;

/** A token and its logit, up to a constant that all share. */
export type Scored = [token: number, logit: number];

/** A greedy continuation, and how far the second best token was behind at each step, in logits. */
export interface Continuation {
  tokens: number[];
  gaps: number[];
}

const GREEDY = { temperature: 0 };
const MOST_LIKELY = {
  generateNext: { token: true, probabilities: true, options: { temperature: 1, topK: TOP, topP: 1, minP: 0, seed: 1 } },
} as const;
const ALL = { generateNext: { probabilities: true, options: GREEDY } } as const;
const TOKEN = { generateNext: { token: true, options: GREEDY } } as const;

/** Sequences of one length. */
interface Context {
  length: number;
  sequences: LlamaSequence[];
  dispose(): Promise<void>;
}

/** A GGUF file in llama.cpp. Methods are called one at a time. */
export class LlamaCppModel {
  private context: Context | undefined;

  private readonly model: LlamaModel;
  private readonly threads: number;
  private readonly release: string;

  private constructor(model: LlamaModel, threads: number, release: string) {
    this.model = model;
    this.threads = threads;
    this.release = release;
  }

  static async load(path: string, threads: number): Promise<LlamaCppModel> {
    const llama = await loadLlamaCpp(threads);
    return new LlamaCppModel(await llama.loadModel({ modelPath: path }), threads, llama.llamaCppRelease.release);
  }

  version(): string {
    return this.release;
  }

  /** Ids of texts, special tokens in them included. */
  tokenize(texts: string[]): number[][] {
    return texts.map((text) => [...this.model.tokenize(text, true)]);
  }

  /** The most likely tokens after some others, most likely first. */
  async top(tokens: number[]): Promise<Scored[]> {
    const [sequence] = await this.sequences(1);
    const probabilities = await next(sequence, tokens);
    return [...probabilities].map(([token, probability]) => [token, Math.log(probability)]);
  }

  /** Continues tokens by so many at most, or up to the token `end`. */
  async greedy(tokens: number[], count: number, end: number): Promise<Continuation> {
    const [sequence] = await this.sequences(1);
    const continuation: Continuation = { tokens: [], gaps: [] };
    let input = tokens;
    while (continuation.tokens.length < count && continuation.tokens.at(-1) !== end) {
      const [[best, first], [, second]] = await next(sequence, input);
      continuation.tokens.push(best);
      continuation.gaps.push(Math.log(first / second));
      input = [best];
    }
    return continuation;
  }

  /** See `perplexity` of `perplexity.ts`. */
  async perplexity(windows: number[][]): Promise<number> {
    let sum = 0;
    for (const window of windows) {
      const [sequence] = await this.sequences(1);
      for (let from = 0; from < window.length - 1; from += SCORED_AT_ONCE) {
        const scored = window.slice(from, from + SCORED_AT_ONCE).slice(0, window.length - 1 - from);
        const results = await sequence.controlledEvaluate(scored.map((token) => [token, ALL]));
        for (const [i, result] of results.entries()) {
          sum -= Math.log(result!.next.probabilities!.get(window[from + i + 1])!);
        }
      }
    }
    return Math.exp(sum / (windows.length * (windows[0].length - 1)));
  }

  /** Milliseconds of each of some decode steps of as many streams as there are prompts. */
  async decodeSteps(prompts: number[][], steps: number): Promise<number[]> {
    const sequences = await this.sequences(prompts.length);
    let tokens = await Promise.all(prompts.map((prompt, i) => nextToken(sequences[i], prompt)));
    const durations: number[] = [];
    for (let step = 0; step < steps; step++) {
      const startedAt = performance.now();
      tokens = await Promise.all(tokens.map((token, i) => nextToken(sequences[i], [token])));
      durations.push(performance.now() - startedAt);
    }
    return durations;
  }

  /** Milliseconds to the first token after a prompt. */
  async prefill(prompt: number[]): Promise<number> {
    const [sequence] = await this.sequences(1, prompt.length < CONTEXT_LENGTH ? CONTEXT_LENGTH : LONG_CONTEXT_LENGTH);
    const startedAt = performance.now();
    await nextToken(sequence, prompt);
    return performance.now() - startedAt;
  }

  /** Milliseconds that callers, each of which asks again when it has its tokens, take for all prompts. */
  async closedLoop(callers: number, prompts: number[][], tokens: number): Promise<number> {
    const sequences = await this.sequences(callers);
    const waiting = [...prompts];
    const startedAt = performance.now();
    await Promise.all(
      sequences.map(async (sequence) => {
        for (let prompt = waiting.pop(); prompt; prompt = waiting.pop()) {
          await sequence.clearHistory();
          let token = await nextToken(sequence, prompt);
          for (let i = 1; i < tokens; i++) token = await nextToken(sequence, [token]);
        }
      }),
    );
    return performance.now() - startedAt;
  }

  /** Times of a chat whose sequences keep the keys and values of all that was said, as llama.cpp's server does. */
  async chat({ system, turns, answerTokens }: Chat): Promise<ChatTimes> {
    const sequences = await this.sequences(turns.length, LONG_CONTEXT_LENGTH);
    const firstTokens: number[] = [];
    const startedAt = performance.now();
    await Promise.all(
      sequences.map(async (sequence, caller) => {
        let unread = system;
        for (const [i, turn] of turns[caller].entries()) {
          const askedAt = performance.now();
          let token = await nextToken(sequence, [...unread, ...turn]);
          if (i > 0) firstTokens.push(performance.now() - askedAt);
          for (let left = answerTokens - 1; left > 0; left--) token = await nextToken(sequence, [token]);
          unread = [token];
        }
      }),
    );
    return { firstTokens, whole: performance.now() - startedAt };
  }

  /** Empty sequences of one context, which is made for so many of that length. */
  private async sequences(count: number, length = CONTEXT_LENGTH): Promise<LlamaSequence[]> {
    if (this.context?.sequences.length !== count || this.context.length !== length) {
      await this.context?.dispose();
      const options = {
        sequences: count,
        contextSize: length,
        batchSize: CONTEXT_LENGTH,
        threads: this.threads,
      };
      const context = await this.model.createContext(options);
      const sequences = Array.from({ length: count }, () => context.getSequence());
      this.context = { length, sequences, dispose: () => context.dispose() };
    }
    for (const sequence of this.context.sequences) await sequence.clearHistory();
    return this.context.sequences;
  }
}

/** The most likely tokens after the last of `tokens`, largest first, and their probabilities among themselves. */
async function next(sequence: LlamaSequence, tokens: readonly number[]): Promise<Map<number, number>> {
  const results = await sequence.controlledEvaluate([...tokens.slice(0, -1), [tokens.at(-1)!, MOST_LIKELY]]);
  return results.at(-1)!.next.probabilities!;
}

/** The most likely token after the last of `tokens`. */
async function nextToken(sequence: LlamaSequence, tokens: readonly number[]): Promise<number> {
  const results = await sequence.controlledEvaluate([...tokens.slice(0, -1), [tokens.at(-1)!, TOKEN]]);
  return results.at(-1)!.next.token!;
}
