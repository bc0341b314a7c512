import { Inject, Injectable } from '@nestjs/common';
import {
  BatchingService,
  deadlineExceeded,
  type EngineSupervisor,
  type Generation,
  type GenerationEvent,
  requestAborted,
} from '@frontier/batching';
import {
  contextLengthExceeded,
  type FinishReason,
  type PhaseDurations,
  promptWithoutTokens,
  type TokenLogprobs,
  type Usage,
} from '@frontier/engine';
import type { Reservation, TokenLimiter, WindowState } from '@frontier/rate-limit';
import { CircuitBreakers, LoopShare } from '@frontier/resilience';
import { Answers } from './answers.js';
import { priorityOf } from './caller-rights.js';
import type { GenerateRequest } from './generate-request.js';
import { MODULE_OPTIONS_TOKEN } from './inference.module-definition.js';
import type { InferenceModuleOptions, ModelDefinition } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import { requestIdentity } from './request-identity.js';
import { chargeText, tokensOf } from './text-cost.js';
import { TokenAccount } from './token-account.js';

/**
 * Where an answer comes from. `HIT`: the cache. `COALESCED`: a computation that another caller began. `MISS`: computed, and
 * kept if it ends well. `BYPASS`: computed, without asking the cache.
 */
export type CacheStatus = 'HIT' | 'MISS' | 'BYPASS' | 'COALESCED';

/** An answer that has begun. */
export interface Answer {
  /** The name of the model that answers. */
  model: string;
  cache: CacheStatus;
  /** The state of the caller's token limit, where tokens were reserved. */
  tokenLimit?: WindowState;
  /** How long it took to begin, where it was computed for this caller. */
  started?: GenerationEvent['started'];
  /** All pieces from the first on; each answer's last one has `finished`. They must be read, or the signal aborted. */
  events: Iterable<GenerationEvent> | AsyncIterable<GenerationEvent>;
}

/** One of the continuations that were asked for. */
export interface Choice {
  /** Without the prompt. */
  text: string;
  finishReason: FinishReason;
  /** How likely its tokens were, where that was asked for. */
  logprobs: TokenLogprobs[];
}

/** A whole answer. */
export interface Completion extends Pick<Answer, 'model' | 'cache' | 'tokenLimit'> {
  choices: [Choice, ...Choice[]];
  /** The prompt once, and all continuations. */
  usage: Usage;
  /** Of the last continuation, where it was computed for this caller. */
  durations?: PhaseDurations;
}

/** The use cases on models that generate text. */
@Injectable()
export class InferenceService {
  private readonly answers: Answers;
  private readonly tokens: TokenLimiter | undefined;
  private readonly breakers: CircuitBreakers;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { cache, tokens, breakers }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.answers = new Answers(cache);
    this.tokens = tokens;
    this.breakers = breakers ?? new CircuitBreakers({});
  }

  /**
   * Begins to continue a prompt, and returns with the first piece. An abort of the signal ends it within one step.
   *
   * @throws `model_not_found`, `rate_limit_exceeded`, `circuit_open` and the errors of the model's engine; once
   * the answer has begun its events throw what happens then
   */
  async generate(request: GenerateRequest, signal: AbortSignal): Promise<Answer> {
    const model = this.models.get(request.model, request.caller);
    const engine = this.batching.engine(model.name);
    engine.info();
    const { noCache, noStore, maxAgeMs } = request.cache ?? {};
    const identity = noStore ? undefined : requestIdentity(request, model, engine.info());
    const mayReuse = identity !== undefined && !noCache;
    const kept = mayReuse ? await this.answers.kept(identity, maxAgeMs) : undefined;
    if (signal.aborted) throw requestAborted(signal.reason);
    if (kept) return { model: model.name, cache: 'HIT', events: kept };

    // Nothing is tokenized for a request that will be refused; one that shares an answer takes no room.
    const isShared = mayReuse && this.answers.computing(identity) !== undefined;
    const { n = 1, params, priority, caller = { id: '' }, maxWaitMs } = request;
    const leave = isShared ? () => {} : engine.admit(n, caller.id, priorityOf(priority, caller), maxWaitMs);
    let prompt: Int32Array;
    let reservation: Reservation | undefined;
    try {
      prompt = await promptTokens(request, engine, signal);
      const { maxTokens } = engine.predictCost({ promptTokens: prompt.length, params, n, caller: caller.id });
      reservation = await this.tokens?.reserve(caller, maxTokens);
    } catch (error) {
      // Tokens were made of the text, and nothing else comes of it.
      if (typeof request.prompt === 'string') {
        await chargeText(this.tokens, caller, tokensOf(request.prompt)).catch(() => {});
      }
      throw error;
    } finally {
      leave();
    }
    const account = new TokenAccount(reservation, signal);
    const answer = { model: model.name, tokenLimit: reservation?.state };
    try {
      // No await between these two: equal requests must find each other.
      const shared = mayReuse ? this.answers.computing(identity) : undefined;
      if (shared) {
        const { events } = await begun(account.follow(shared));
        return { ...answer, cache: 'COALESCED', events };
      }
      const generation = this.start(prompt, request, model, engine);
      if (identity) this.answers.add(identity, generation);
      const cache = mayReuse && this.answers.areKept ? 'MISS' : 'BYPASS';
      return { ...answer, cache, ...(await begun(account.follow(generation))) };
    } catch (error) {
      account.cancel();
      throw error;
    }
  }

  /** Generates whole continuations; their texts are what {@link generate} streams. */
  async complete(request: GenerateRequest, signal: AbortSignal): Promise<Completion> {
    const { events, model, cache, tokenLimit, started } = await this.generate(request, signal);
    const choices: Choice[] = Array.from({ length: request.n ?? 1 }, () => ({
      text: '',
      finishReason: 'stop',
      logprobs: [],
    }));
    const usage: Usage = { promptTokens: 0, completionTokens: 0 };
    let last: GenerationEvent['finished'];
    const add = ({ index, text, logprobs, finished }: GenerationEvent): void => {
      const choice = choices[index];
      choice.text += text;
      if (logprobs) choice.logprobs.push(...logprobs);
      if (!finished) return;
      choice.finishReason = finished.reason;
      usage.promptTokens = finished.usage.promptTokens;
      usage.completionTokens += finished.usage.completionTokens;
      last = finished;
    };
    if (Symbol.asyncIterator in events) {
      const share = new LoopShare();
      for await (const event of events) {
        add(event);
        if (share.isUsed) await share.renewed();
      }
      // Kept ones are there, and bounded: a turn for each would take more time than all else.
    } else for (const event of events) add(event);
    if (!last) throw new Error('Bug: a generation ended without a result or an error.');
    const durations = started && last.durations;
    return { model, cache, tokenLimit, choices: choices as Completion['choices'], usage, durations };
  }

  /** Forgets all answers that are kept. */
  async clearCache(): Promise<void> {
    await this.answers.clear();
  }

  /** Hands a request to the model's engine, unless that has failed too often. */
  private start(
    prompt: Int32Array,
    { params, n, priority, caller, maxWaitMs }: GenerateRequest,
    { name }: ModelDefinition,
    engine: EngineSupervisor,
  ): Generation {
    const permit = this.breakers.get(`model:${name}`).admit();
    try {
      const who = { priority: priorityOf(priority, caller), caller: caller?.id };
      const submission = { prompt, params, n, ...who };
      const generation = engine.start(submission, maxWaitMs);
      generation.onEnd((end) => {
        if (end.kind === 'finished') permit.succeed();
        // What fails before a pass has worked on it is no fault of the engine.
        else if (end.kind === 'failed' && generation.isWaiting) permit.abandon();
        else if (end.kind === 'failed') permit.fail(end.error);
        else if (end.hasStalled) permit.fail(deadlineExceeded());
        else permit.abandon();
      });
      return generation;
    } catch (error) {
      permit.fail(error);
      throw error;
    }
  }
}

/**
 * The prompt as tokens.
 * @throws `context_length_exceeded`, `invalid_request`, and what tokenizing throws
 */
async function promptTokens(
  { prompt, addSpecialTokens = true, truncatePromptTokens: keepLast, caller }: GenerateRequest,
  engine: EngineSupervisor,
  signal: AbortSignal,
): Promise<Int32Array> {
  const tokens =
    typeof prompt === 'string'
      ? await engine.encode(prompt, { addSpecialTokens, keepLast, caller: caller?.id, signal })
      : Int32Array.from(keepLast === undefined ? prompt : prompt.slice(-keepLast));
  const { contextLength } = engine.info();
  // What can never be answered must not be told to come again.
  if (tokens.length >= contextLength) throw contextLengthExceeded(tokens.length, contextLength);
  if (tokens.length === 0) throw promptWithoutTokens();
  return tokens;
}

/** Waits for the first piece: what goes wrong before it is no answer at all. */
async function begun(
  events: AsyncGenerator<GenerationEvent, void, undefined>,
): Promise<Pick<Answer, 'started' | 'events'>> {
  const { value: first } = await events.next();
  if (!first) throw new Error('Bug: a generation ended without a result or an error.');
  return { started: first.started, events: continued(first, events) };
}

async function* continued(
  first: GenerationEvent,
  rest: AsyncGenerator<GenerationEvent, void, undefined>,
): AsyncGenerator<GenerationEvent, void, undefined> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
