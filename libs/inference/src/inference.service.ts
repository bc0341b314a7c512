import { Inject, Injectable, Logger } from '@nestjs/common';
import { forbidden } from '@frontier/auth';
import { BatchingService, type EngineSupervisor, type Generation, type GenerationEvent } from '@frontier/batching';
import { type FinishReason, type PhaseDurations, PRIORITIES, type Priority, type Usage } from '@frontier/engine';
import { messageOf } from '@frontier/errors';
import type { TokenLimiter, WindowState } from '@frontier/rate-limit';
import { CircuitBreakers } from '@frontier/resilience';
import { AnswerCache } from './answer-cache.js';
import type { GenerateRequest, RequestCaller } from './generate-request.js';
import { MODULE_OPTIONS_TOKEN } from './inference.module-definition.js';
import type { InferenceModuleOptions, ModelDefinition } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import { requestIdentity, type RequestIdentity } from './request-identity.js';
import { SharedGenerations } from './shared-generations.js';
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
  /** The state of the caller's token limit, if there is one. */
  tokenLimit: WindowState | undefined;
  /** How long it took to begin. */
  started: GenerationEvent['started'];
  /** All pieces from the first on; each answer's last one has `finished`. It must be read, or returned. */
  events: AsyncGenerator<GenerationEvent, void, undefined>;
}

/** A whole answer. */
export interface Completion extends Omit<Answer, 'events' | 'started'> {
  /** The continuation, without the prompt. */
  text: string;
  finishReason: FinishReason;
  usage: Usage;
  durations: PhaseDurations;
}

/** The use cases on models that generate text. */
@Injectable()
export class InferenceService {
  private readonly logger = new Logger('Inference');
  private readonly cache: AnswerCache | undefined;
  private readonly shared = new SharedGenerations();
  private readonly tokens: TokenLimiter | undefined;
  private readonly breakers: CircuitBreakers;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { cache, tokens, breakers }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.cache = cache && new AnswerCache(cache.store, cache.ttlMs);
    this.tokens = tokens;
    this.breakers = breakers ?? new CircuitBreakers({});
  }

  /**
   * Begins to continue a prompt, and returns with the first piece. An abort of the signal ends it within one step.
   *
   * @throws `model_not_found`, `forbidden`, `rate_limit_exceeded`, `circuit_open` and the errors of the model's engine; once
   * the answer has begun its events throw what happens then
   */
  async generate(request: GenerateRequest, signal: AbortSignal): Promise<Answer> {
    const model = this.models.get(request.model);
    assertMayUse(request.caller, model);
    const engine = this.batching.engine(model.name);
    const cost = engine.predictCost(request);
    const reservation = await this.tokens?.reserve(request.caller ?? { id: '' }, cost.maxTokens);
    const account = new TokenAccount(reservation, cost);
    signal.addEventListener('abort', () => account.settle(), { once: true });
    try {
      const { cache, events } = await this.open(request, model, engine, signal);
      const isComputed = cache === 'MISS' || cache === 'BYPASS';
      const { value: first } = await events.next();
      if (!first) throw new Error('Bug: a generation ended without a result or an error.');
      return {
        model: model.name,
        cache,
        tokenLimit: reservation?.state,
        started: first.started,
        events: continued(first, events, isComputed ? account : undefined, () => account.settle()),
      };
    } catch (error) {
      account.settle();
      throw error;
    }
  }

  /** Generates one whole continuation; its text is what {@link generate} streams. */
  async complete(request: Omit<GenerateRequest, 'n'>, signal: AbortSignal): Promise<Completion> {
    const { events, started: _, ...answer } = await this.generate(request, signal);
    let text = '';
    for await (const event of events) {
      text += event.text;
      if (event.finished) {
        const { reason, usage, durations } = event.finished;
        return { ...answer, text, finishReason: reason, usage, durations };
      }
    }
    throw new Error('Bug: a generation ended without a result or an error.');
  }

  /** Forgets all answers that are kept. */
  async clearCache(): Promise<void> {
    await this.cache?.clear();
  }

  private async open(
    request: GenerateRequest,
    model: ModelDefinition,
    engine: EngineSupervisor,
    signal: AbortSignal,
  ): Promise<Pick<Answer, 'cache' | 'events'>> {
    const { noCache, noStore, maxAgeMs } = request.cache ?? {};
    const identity = noStore ? undefined : requestIdentity(request, model, engine.info());
    if (!identity) return { cache: 'BYPASS', events: this.start(request, model, engine).subscribe(signal) };
    if (!noCache) {
      const kept = await this.cache?.get(identity, maxAgeMs);
      if (kept) return { cache: 'HIT', events: replay(kept) };
      const shared = this.shared.get(identity.key);
      if (shared) return { cache: 'COALESCED', events: shared.subscribe(signal) };
    }
    const generation = this.start(request, model, engine);
    this.shared.share(identity.key, generation);
    generation.onEnd((end) => {
      if (end.kind === 'finished') void this.keep(identity, end.events);
    });
    return { cache: this.cache && !noCache ? 'MISS' : 'BYPASS', events: generation.subscribe(signal) };
  }

  /** Hands a request to the model's engine, unless that has failed too often. */
  private start(
    { prompt, params, n, priority, caller, maxWaitMs }: GenerateRequest,
    { name }: ModelDefinition,
    engine: EngineSupervisor,
  ): Generation {
    const permit = this.breakers.get(`model:${name}`).admit();
    let generation: Generation;
    try {
      const submission = { prompt, params, n, priority: priorityOf(priority, caller), caller: caller?.id };
      generation = engine.start(submission, maxWaitMs);
    } catch (error) {
      permit.fail(error);
      throw error;
    }
    generation.onEnd((end) => {
      if (end.kind === 'finished') permit.succeed();
      else if (end.kind === 'failed') permit.fail(end.error);
      else permit.abandon();
    });
    return generation;
  }

  /** An answer that could not be kept is an answer all the same. */
  private async keep(identity: RequestIdentity, events: readonly GenerationEvent[]): Promise<void> {
    try {
      await this.cache?.set(identity, events);
    } catch (error) {
      this.logger.warn(`An answer could not be kept: ${messageOf(error)}`);
    }
  }
}

function assertMayUse(caller: RequestCaller | undefined, { name, aliases }: ModelDefinition): void {
  const allowed = caller?.models;
  if (allowed && ![name, ...aliases].some((known) => allowed.includes(known))) {
    throw forbidden(`use the model "${name}"; it may use ${allowed.join(', ')}`);
  }
}

/** The class that is asked for, but no better one than the caller's. */
function priorityOf(asked: Priority | undefined, caller: RequestCaller | undefined): Priority {
  const own = caller?.priority;
  const wanted = asked ?? own ?? 'normal';
  return own && PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(own) ? own : wanted;
}

async function* replay(events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent, void, undefined> {
  yield* events;
}

/** @param account notes what was computed for this request */
async function* continued(
  first: GenerationEvent,
  rest: AsyncGenerator<GenerationEvent, void, undefined>,
  account: TokenAccount | undefined,
  onEnd: () => void,
): AsyncGenerator<GenerationEvent, void, undefined> {
  try {
    account?.note(first);
    yield first;
    for await (const event of rest) {
      account?.note(event);
      yield event;
    }
  } finally {
    onEnd();
    await rest.return();
  }
}
