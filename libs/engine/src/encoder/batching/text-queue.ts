import { CallerAccounts } from '../../scheduler/caller-accounts.js';
import { priorityLevel } from '../../sequence/priority.js';
import type { EncoderInput, EncoderRequest } from '../encoder-types.js';
import type { WaitingTexts } from './flush-policy.js';

/** A request with texts that are not computed. */
export interface QueuedRequest {
  request: EncoderRequest;
  queuedAt: number;
  /** Indices of the texts that wait, the longest first: those of like length share a pass. */
  waiting: number[];
  /** Texts without a result. */
  unfinished: number;
}

/** A text that is in a pass. */
export interface BatchText {
  owner: QueuedRequest;
  index: number;
  input: EncoderInput;
}

interface BatchBounds {
  maxTexts: number;
  maxTokens: number;
  /** The estimated time of a token, which callers are charged. */
  msPerToken: number;
}

/** Padded tokens for each token of a pass at most: one long text beside many short ones would make these as dear as itself. */
const MAX_PADDING = 2;
/** Padded tokens beyond that which cost less than another pass. */
const FREE_PADDING = 64;

/**
 * The texts that wait. Priorities come first, and within one the caller that was served least, then of its requests that which was served
 * least, then the oldest: a request of thousands of texts shares each pass with whatever else waits.
 */
export class TextQueue {
  private readonly requests = new Map<string, QueuedRequest>();
  private readonly callers = new CallerAccounts();
  private readonly shares = new CallerAccounts();

  /** @param ageingMs a request rises by one priority after each of these, unless its caller is ahead of others */
  constructor(private readonly ageingMs: number) {}

  get size(): number {
    return this.requests.size;
  }

  get(id: string): QueuedRequest | undefined {
    return this.requests.get(id);
  }

  add(request: EncoderRequest, queuedAt: number): void {
    const { id, inputs, caller = '' } = request;
    const lengthOf = (index: number): number => inputs[index].tokens.length;
    const waiting = inputs.map((_, index) => index).toSorted((a, b) => lengthOf(b) - lengthOf(a));
    this.requests.set(id, { request, queuedAt, waiting, unfinished: waiting.length });
    this.callers.register(caller);
    this.shares.register(id);
  }

  /** Removes a request with all its texts. */
  delete({ request: { id, caller = '' } }: QueuedRequest): void {
    this.requests.delete(id);
    this.callers.unregister(caller);
    this.shares.unregister(id);
  }

  /** All that waits for a pass; `undefined` where nothing does. */
  waiting(): WaitingTexts | undefined {
    const total = { texts: 0, tokens: 0, requests: 0, since: Infinity };
    for (const { request, waiting, queuedAt } of this.requests.values()) {
      if (waiting.length === 0) continue;
      total.requests++;
      total.texts += waiting.length;
      for (const index of waiting) total.tokens += request.inputs[index].tokens.length;
      total.since = Math.min(total.since, queuedAt);
    }
    return total.requests === 0 ? undefined : total;
  }

  /** Takes the texts of the next pass: the most urgent one, and whatever fits beside it. */
  take(now: number, { maxTexts, maxTokens, msPerToken }: BatchBounds): BatchText[] {
    const batch: BatchText[] = [];
    let tokens = 0;
    let longest = 0;
    const fits = (length: number): boolean => {
      if (batch.length === 0) return true;
      if (batch.length >= maxTexts || tokens + length > maxTokens) return false;
      const padded = (batch.length + 1) * Math.max(longest, length);
      return padded <= MAX_PADDING * (tokens + length) + FREE_PADDING;
    };
    for (;;) {
      const next = this.first(now, fits);
      if (!next) return batch;
      const { owner, at } = next;
      const [index] = owner.waiting.splice(at, 1);
      const input = owner.request.inputs[index];
      const length = input.tokens.length;
      batch.push({ owner, index, input });
      tokens += length;
      longest = Math.max(longest, length);
      this.callers.charge(owner.request.caller ?? '', length * msPerToken);
      this.shares.charge(owner.request.id, length * msPerToken);
    }
  }

  /** The most urgent request with a text that fits, and that text's place among those that wait. */
  private first(now: number, fits: (length: number) => boolean): { owner: QueuedRequest; at: number } | undefined {
    let first: { owner: QueuedRequest; at: number } | undefined;
    for (const owner of this.requests.values()) {
      if (first && !this.isBefore(owner, first.owner, now)) continue;
      const { inputs } = owner.request;
      const at = firstFitting(owner.waiting, (index) => fits(inputs[index].tokens.length));
      if (at !== undefined) first = { owner, at };
    }
    return first;
  }

  private isBefore(a: QueuedRequest, b: QueuedRequest, now: number): boolean {
    const byPriority = this.level(a, now) - this.level(b, now);
    if (byPriority !== 0) return byPriority < 0;
    const { callers, shares } = this;
    const byCaller = callers.servedMs(a.request.caller ?? '') - callers.servedMs(b.request.caller ?? '');
    if (byCaller !== 0) return byCaller < 0;
    const byShare = shares.servedMs(a.request.id) - shares.servedMs(b.request.id);
    return byShare !== 0 ? byShare < 0 : a.queuedAt < b.queuedAt;
  }

  private level({ request: { priority = 'normal', caller = '' }, queuedAt }: QueuedRequest, now: number): number {
    const level = priorityLevel(priority);
    if (this.callers.isAhead(caller)) return level;
    return Math.max(0, level - Math.floor((now - queuedAt) / this.ageingMs));
  }
}

/** The longest waiting text that fits or, where none as long does, the shortest. */
function firstFitting(waiting: readonly number[], fits: (index: number) => boolean): number | undefined {
  for (const at of [0, Math.floor(waiting.length / 2), waiting.length - 1]) {
    if (at >= 0 && at < waiting.length && fits(waiting[at])) return at;
  }
  return undefined;
}
