import { randomInt } from 'node:crypto';
import { seededRandom, type Random } from './sampler/random.js';
import type { SamplingState } from './sampler/sampler.js';
import type { SamplingParams } from './sampler/sampling-params.js';
import type { FinishReason, PhaseDurations } from './step-report.js';
import { IncrementalDecoder } from './text/incremental-decoder.js';
import { StopMatcher } from './text/stop-matcher.js';
import type { TextTokenizer } from './text/text-tokenizer.js';

/** Milliseconds on the clock of `performance.now()`. */
export interface SequenceTimings {
  queuedAt: number;
  scheduledAt: number;
  firstTokenAt: number;
}

export interface SequenceOptions {
  id: string;
  promptTokens: Int32Array;
  params: SamplingParams;
  tokenizer: Pick<TextTokenizer, 'bytesOf'>;
  eosTokenIds: readonly number[];
  /** Tokens that prompt and answer may have together. */
  contextLength: number;
  queuedAt: number;
}

/** One request's prompt and answer on their way through the engine. */
export class Sequence implements SamplingState {
  readonly id: string;
  readonly promptTokens: Int32Array;
  readonly params: SamplingParams;
  readonly random: Random;
  readonly endTokens: ReadonlySet<number>;
  readonly counts = new Map<number, number>();
  readonly seen: Set<number>;
  readonly timings: SequenceTimings;
  /** New tokens at most: what was asked for, or what the context has room for. */
  readonly maxNewTokens: number;
  /** Prompt tokens that are in the cache. */
  prefilled = 0;
  generated = 0;
  lastToken = -1;
  finishReason: FinishReason | undefined;

  private readonly decoder: IncrementalDecoder;
  private readonly stops: StopMatcher;

  constructor({ id, promptTokens, params, tokenizer, eosTokenIds, contextLength, queuedAt }: SequenceOptions) {
    this.id = id;
    this.promptTokens = promptTokens;
    this.params = params;
    this.random = seededRandom(params.seed ?? randomInt(2 ** 48 - 1));
    this.endTokens = new Set([...params.stopTokenIds, ...(params.ignoreEos ? [] : eosTokenIds)]);
    this.seen = new Set(params.repetitionPenalty === 1 ? [] : promptTokens);
    this.maxNewTokens = Math.min(params.maxNewTokens, contextLength - promptTokens.length);
    this.decoder = new IncrementalDecoder(tokenizer);
    this.stops = new StopMatcher(params.stop);
    this.timings = { queuedAt, scheduledAt: 0, firstTokenAt: 0 };
  }

  /** Cache tokens that the sequence needs at most. */
  get maxTokens(): number {
    return this.promptTokens.length + this.maxNewTokens;
  }

  /** How long each phase has taken so far; once the sequence has its first token. */
  durations(): PhaseDurations {
    const { queuedAt, scheduledAt, firstTokenAt } = this.timings;
    return {
      queueMs: scheduledAt - queuedAt,
      prefillMs: firstTokenAt - scheduledAt,
      decodeMs: performance.now() - firstTokenAt,
    };
  }

  /** Takes the chosen token, notes whether it ends the sequence, and returns the text that it sets free. */
  append(token: number): string {
    this.lastToken = token;
    this.generated++;
    this.counts.set(token, (this.counts.get(token) ?? 0) + 1);
    if (this.params.repetitionPenalty !== 1) this.seen.add(token);

    const ended = this.endTokens.has(token);
    let text = '';
    if (!ended) text = this.release(this.decoder.push(token));
    if (ended || this.stops.stopped) this.finishReason = 'stop';
    else if (this.generated >= this.maxNewTokens) this.finishReason = 'length';
    if (this.finishReason && !this.stops.stopped) {
      text += this.release(this.decoder.end());
      if (this.stops.stopped) this.finishReason = 'stop';
      else text += this.stops.end();
    }
    return text;
  }

  /** Before the minimum length a stop string does not end the answer, and is a part of it. */
  private release(text: string): string {
    if (this.generated < this.params.minNewTokens) return text;
    return this.stops.push(text);
  }
}
