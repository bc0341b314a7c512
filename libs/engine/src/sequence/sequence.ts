import { randomInt } from 'node:crypto';
import { seededRandom, type Random } from '../sampler/random.js';
import type { OutputTransform } from '../plugin/engine-plugin.js';
import type { NamedProcessor } from '../plugin/sequence-hooks.js';
import type { SamplingState } from '../sampler/sampling-state.js';
import type { PromptLogprobs, TokenLogprobs } from '../sampler/log-probabilities.js';
import type { SamplingParams } from '../sampler/sampling-params.js';
import type { OutputConstraint } from '../grammar/output-constraint.js';
import { PromptLookup } from '../speculation/prompt-lookup.js';
import type { Priority } from './priority.js';
import { PromptBlocks } from './prompt-blocks.js';
import type { FinishReason, PhaseDurations } from './step-report.js';
import { HeldLogprobs } from './held-logprobs.js';
import { IncrementalDecoder } from '../text/incremental-decoder.js';
import { markerBytes } from './marker-bytes.js';
import { StopMatcher } from '../text/stop-matcher.js';
import type { Vocabulary } from '../text/vocabulary.js';

/** Milliseconds on the clock of `performance.now()`. */
interface SequenceTimings {
  queuedAt: number;
  scheduledAt: number;
  firstTokenAt: number;
}

export interface SequenceOptions {
  /** The request that it belongs to. */
  id: string;
  /** Its number among the sequences of the request, from 0 on. */
  index: number;
  priority: Priority;
  caller: string;
  promptTokens: Int32Array;
  /** Whose prompts may share keys and values with this one; default: those of the caller. */
  cacheOwner?: string;
  /** Further values that keys and values depend on, beside the tokens; default: none. */
  cacheRoot?: readonly string[];
  params: SamplingParams;
  vocabulary: Vocabulary;
  eosTokenIds: readonly number[];
  /** Tokens that prompt and output may have together. */
  contextLength: number;
  queuedAt: number;
  /** The grammar of the output; its own. */
  constraint?: OutputConstraint;
  /** Processors of the model's plugin; its own. */
  logitsProcessors?: readonly NamedProcessor[];
  /** The transform of the model's plugin; its own. */
  outputTransform?: OutputTransform;
}

/** A prompt and one output for it on their way through the engine. */
export class Sequence implements SamplingState {
  readonly id: string;
  readonly index: number;
  readonly priority: Priority;
  readonly caller: string;
  /** The other sequences of the same prompt, which begin once it is prefilled; of the first sequence only. */
  siblings: readonly Sequence[] = [];
  /** The place of its keys and values, set by the scheduler. */
  slot: number | undefined;
  /** The priority that waiting has earned, as a number; set by the scheduler. */
  effectivePriority: number | undefined;
  /** The start of its present wait, set by the scheduler. */
  waitingSince = 0;
  readonly promptTokens: Int32Array;
  /** The prompt in a prefix cache, and whose share of it. */
  readonly blocks: PromptBlocks;
  readonly cacheOwner: string;
  readonly params: SamplingParams;
  readonly random: Random;
  readonly endTokens: ReadonlySet<number>;
  readonly counts = new Map<number, number>();
  readonly seen: Set<number>;
  readonly constraint: OutputConstraint | undefined;
  readonly logitsProcessors: readonly NamedProcessor[] | undefined;
  readonly outputTokens: number[] = [];
  readonly timings: SequenceTimings;
  /** New tokens at most: what was asked for, or what the context has room for. */
  readonly maxNewTokens: number;
  /** Prompt tokens that are in the slot. */
  prefilled = 0;
  /** The piece of the prompt after them that is being computed: its end, and how many stages of it are computed. */
  piece: { to: number; stages: number } | undefined;
  /** Of the tokens in the slot, those that came from a prefix cache. */
  cachedTokens = 0;
  /** Log probabilities of the prompt as far as it is computed, where they are wanted. */
  readonly promptLogprobs: PromptLogprobs[] = [];
  generated = 0;
  lastToken = -1;
  /** The tokens that it will probably sample next; mostly none. A function of its tokens so far. */
  draft: readonly number[] = [];
  /** Tokens of drafts that it has sampled, and that it has not. */
  readonly predictions = { accepted: 0, rejected: 0 };
  finishReason: FinishReason | undefined;

  private lookup: PromptLookup | undefined;
  private readonly transform: OutputTransform | undefined;
  private readonly decoder: IncrementalDecoder;
  private readonly stops: StopMatcher;
  /** The stop strings that are special tokens. */
  private readonly stopTokens: ReadonlyMap<number, string>;
  private readonly logprobs = new HeldLogprobs();
  /** Characters of the output that are decoded, and that are released. */
  private decodedLength = 0;
  private releasedLength = 0;

  constructor(options: SequenceOptions) {
    const { promptTokens, params, vocabulary, eosTokenIds, contextLength, queuedAt } = options;
    this.id = options.id;
    this.index = options.index;
    this.priority = options.priority;
    this.caller = options.caller;
    this.promptTokens = promptTokens;
    this.cacheOwner = options.cacheOwner ?? options.caller;
    this.blocks = new PromptBlocks([this.cacheOwner, ...(options.cacheRoot ?? [])], promptTokens);
    this.params = params;
    this.random = seededRandom(seedOf(params.seed, options.index));
    this.stopTokens = specialStops(params.stop, vocabulary);
    const endOfText = params.ignoreEos ? [] : eosTokenIds;
    this.endTokens = new Set([...params.stopTokenIds, ...this.stopTokens.keys(), ...endOfText]);
    this.constraint = options.constraint;
    this.logitsProcessors = options.logitsProcessors;
    this.transform = options.outputTransform;
    this.seen = new Set(params.repetitionPenalty === 1 ? [] : promptTokens);
    this.maxNewTokens = Math.min(params.maxNewTokens, contextLength - promptTokens.length);
    this.decoder = new IncrementalDecoder(shownVocabulary(vocabulary, params));
    this.stops = new StopMatcher(params.stop, params.includeStop);
    this.timings = { queuedAt, scheduledAt: 0, firstTokenAt: 0 };
  }

  /** The durations of its phases so far; once the sequence has its first token. */
  durations(): PhaseDurations {
    const { queuedAt, scheduledAt, firstTokenAt } = this.timings;
    return {
      queueMs: scheduledAt - queuedAt,
      prefillMs: firstTokenAt - scheduledAt,
      decodeMs: performance.now() - firstTokenAt,
    };
  }

  /**
   * Appends the sampled token and its log probabilities; sets `finishReason` if it ends the sequence. Returns the text that is
   * complete now, and the log probabilities of that text's tokens.
   * @throws `plugin_failed`
   */
  append(token: number, logprobs?: TokenLogprobs): { text: string; logprobs: TokenLogprobs[] } {
    this.lastToken = token;
    this.generated++;
    this.counts.set(token, (this.counts.get(token) ?? 0) + 1);
    if (this.logitsProcessors) this.outputTokens.push(token);
    if (this.params.repetitionPenalty !== 1) this.seen.add(token);

    const ended = this.endTokens.has(token);
    let text = '';
    if (!ended) {
      this.constraint?.accept(token);
      if (logprobs) this.logprobs.add(this.decodedLength, logprobs);
      const piece = this.decoder.push(token);
      this.decodedLength += piece.length;
      text = this.release(piece);
    }
    if (ended || this.stops.stopped || this.constraint?.mustEnd) this.finishReason = 'stop';
    else if (this.generated >= this.maxNewTokens || this.constraint?.isTooDeep) this.finishReason = 'length';
    if (this.finishReason && !this.stops.stopped) {
      text += this.release(this.decoder.end());
      if (this.stops.stopped) this.finishReason = 'stop';
      else text += this.stops.end() + ((this.params.includeStop && this.stopTokens.get(token)) || '');
    }
    this.releasedLength += text.length;
    if (this.params.promptLookup > 0) this.draft = this.finishReason ? [] : this.nextDraft();
    const isWhole = this.finishReason && !this.stops.stopped;
    const released = isWhole ? this.logprobs.end() : this.logprobs.release(this.releasedLength);
    return { text: this.transform ? this.transformed(text, this.transform) : text, logprobs: released };
  }

  /** The stop string that ended it. */
  get matchedStop(): string | undefined {
    return this.finishReason === 'stop' ? (this.stops.match ?? this.stopTokens.get(this.lastToken)) : undefined;
  }

  /** Tokens that its next draft may have. */
  get longestDraft(): number {
    // A pass samples one token more than it has drafted.
    return Math.max(0, Math.min(this.params.promptLookup, this.maxNewTokens - this.generated - 1));
  }

  private nextDraft(): number[] {
    this.lookup ??= new PromptLookup(this.promptTokens);
    this.lookup.append(this.lastToken);
    return this.lookup.draft(this.longestDraft);
  }

  private transformed(text: string, transform: OutputTransform): string {
    const written = text === '' ? '' : transform.write(text);
    return this.finishReason ? written + transform.end() : written;
  }

  /** Before the minimum length a stop string does not end the output, and is a part of it. */
  private release(text: string): string {
    if (this.generated < this.params.minNewTokens) return text;
    return this.stops.push(text);
  }
}

/** The slot of a sequence that runs. */
export function slotOf({ id, slot }: Sequence): number {
  if (slot === undefined) throw new Error(`Bug: a sequence of request ${id} runs without a slot.`);
  return slot;
}

/** Stop strings that are special tokens, by token: they have no text that a stop string could match. */
function specialStops(stops: readonly string[], { specialTokens }: Vocabulary): Map<number, string> {
  return new Map(stops.flatMap((stop) => (specialTokens.has(stop) ? [[specialTokens.get(stop)!, stop]] : [])));
}

/** Each sequence of a request samples with the next seed; beyond 2^53 a number has no next one, so those are wrapped at half of that. */
function seedOf(seed: number | undefined, index: number): number {
  if (seed === undefined) return randomInt(2 ** 48 - 1);
  return Number.isSafeInteger(seed + index) ? seed + index : (seed % 2 ** 52) + index;
}

const encoder = new TextEncoder();

/** Gives special tokens their text: all, or those that are markers. */
function shownVocabulary(
  vocabulary: Vocabulary,
  { skipSpecialTokens, markers }: SamplingParams,
): Pick<Vocabulary, 'bytesOf'> {
  if (!skipSpecialTokens) {
    return { bytesOf: (token) => vocabulary.bytesOf(token) ?? encoder.encode(vocabulary.specialTextOf(token)) };
  }
  const shown = markerBytes(vocabulary, markers);
  return shown.size === 0 ? vocabulary : { bytesOf: (token) => shown.get(token) ?? vocabulary.bytesOf(token) };
}
