import { Inject, Injectable } from '@nestjs/common';
import {
  BatchingService,
  createDeadline,
  type Deadline,
  deadlineExceeded,
  type Generation,
  type GenerationEnd,
  type ModelEngine,
  type QueuedRequest,
  waitEnded,
} from '@frontier/batching';
import { contextLengthExceeded, promptWithoutTokens, resolveSamplingParams } from '@frontier/engine';
import { InFlightGenerations } from './cache/in-flight-generations.js';
import { ResponseCache } from './cache/response-cache.js';
import type { CircuitBreakers, Permit } from './circuit-breakers.js';
import { collect, type Completion } from './generation/completion.js';
import { type CacheStatus, GenerationStream, CachedEvents } from './generation/generation-stream.js';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import type { GenerateRequest } from './request/generate-request.js';
import { priorityOf } from './request/principal.js';
import { requestIdentity } from './request/request-identity.js';
import { chargeText, tokensOf } from './tokens/text-cost.js';
import type { TokenLimiter } from './tokens/token-limiter.js';
import { TokenMeter } from './tokens/token-meter.js';

/** `Retry-After` of a request whose time was up before it had a place in the queue. */
const RETRY_AFTER_MS = 1000;
/** The principal of requests that name none. */
const ANYBODY = { id: '' };

/** The use cases on models that generate text. */
@Injectable()
export class InferenceService {
  private readonly cache: ResponseCache;
  private readonly inFlight = new InFlightGenerations();
  private readonly tokens: TokenLimiter | undefined;
  private readonly breakers: CircuitBreakers | undefined;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { cache, tokens, breakers }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.cache = new ResponseCache(cache);
    this.tokens = tokens;
    this.breakers = breakers;
  }

  /**
   * Begins to continue a prompt, and returns with the first event. An abort of the deadline's signal ends it within one step.
   *
   * @throws `model_not_found`, `rate_limit_exceeded`, `circuit_open` and the errors of the model's engine; once
   * the stream has begun, it throws later errors
   */
  async generate(request: GenerateRequest, deadline: Deadline = createDeadline()): Promise<GenerationStream> {
    const { signal } = deadline;
    const model = this.models.get(request.model, request.principal);
    const engine = this.batching.engine(model.name);
    const info = engine.info();
    const params = resolveSamplingParams(info.defaults, request.params);
    const { noCache, noStore, maxAgeMs } = request.cache ?? {};
    const identity = noStore ? undefined : requestIdentity(request, params, model, info);
    const mayReuse = identity !== undefined && !noCache;
    const cached = mayReuse ? await this.cache.get(identity, maxAgeMs) : undefined;
    if (signal.aborted) throw waitEnded(signal, RETRY_AFTER_MS);
    if (cached) return new GenerationStream({ model: model.name, cache: 'HIT' }, new CachedEvents(cached));

    // Nothing is tokenized for a request that will be refused; one that shares a generation takes no place.
    const isShared = mayReuse && this.inFlight.find(identity) !== undefined;
    const { n = 1, principal = ANYBODY } = request;
    const priority = priorityOf(request.priority, principal);
    const release = isShared ? undefined : engine.reserve({ answers: n, caller: principal.id, priority }, deadline);
    let prompt: Int32Array;
    let meter: TokenMeter;
    let tokenLimit: GenerationStream['tokenLimit'];
    try {
      prompt = await promptTokens(request, engine, signal);
      const { maxNewTokens } = params;
      const cost = engine.estimateCost({ promptTokens: prompt.length, maxNewTokens, n, caller: principal.id });
      const reservation = await this.tokens?.reserve(principal, cost.maxTokens);
      meter = new TokenMeter(reservation);
      tokenLimit = reservation?.state;
    } catch (error) {
      // The text was tokenized, and nothing else comes of it.
      if (typeof request.prompt === 'string') {
        await chargeText(this.tokens, principal, tokensOf(request.prompt)).catch(() => {});
      }
      throw error;
    } finally {
      release?.();
    }
    const read = async (generation: Generation, cache: CacheStatus): Promise<GenerationStream> => {
      const reader = generation.subscribe(signal, meter.observe(generation));
      const { started } = await reader.firstEvent();
      const isOwn = cache !== 'COALESCED';
      return new GenerationStream(
        { model: model.name, cache, tokenLimit, started: isOwn ? started : undefined },
        reader,
      );
    };
    try {
      // No await between these two: equal requests must find each other.
      const shared = mayReuse ? this.inFlight.find(identity) : undefined;
      if (shared) return await read(shared, 'COALESCED');
      const queued = { prompt, params, n, priority, caller: principal.id };
      const generation = this.start(queued, model.name, deadline);
      if (identity) {
        this.inFlight.add(identity, generation);
        this.cache.storeWhenFinished(identity, generation);
      }
      return await read(generation, mayReuse && this.cache.isEnabled ? 'MISS' : 'BYPASS');
    } catch (error) {
      meter.cancel();
      throw error;
    }
  }

  /** Generates whole continuations; their texts are those that {@link generate} streams. */
  async complete(request: GenerateRequest, deadline?: Deadline): Promise<Completion> {
    return collect(await this.generate(request, deadline), request.n ?? 1);
  }

  /** Removes all answers that are kept. */
  async clearCache(): Promise<void> {
    await this.cache.clear();
  }

  /** Starts a generation, unless the model's breaker is open. */
  private start(request: QueuedRequest, model: string, deadline: Deadline): Generation {
    const permit = this.breakers?.get(`model:${model}`).admit();
    try {
      const generation = this.batching.engine(model).start(request, deadline);
      if (permit) generation.onEnd((end) => settle(permit, end, generation.isWaiting));
      return generation;
    } catch (error) {
      permit?.fail(error);
      throw error;
    }
  }
}

/** Notes the end of a generation with its breaker. */
function settle(permit: Permit, end: GenerationEnd, isWaiting: boolean): void {
  if (end.kind === 'finished') permit.succeed();
  // A failure before a step has worked on it is no fault of the engine.
  else if (end.kind === 'failed' && isWaiting) permit.abandon();
  else if (end.kind === 'failed') permit.fail(end.error);
  else if (end.hasStalled) permit.fail(deadlineExceeded());
  else permit.abandon();
}

/**
 * The prompt as tokens.
 * @throws `context_length_exceeded`, `invalid_request`, and the errors of tokenization
 */
async function promptTokens(
  { prompt, addSpecialTokens = true, truncatePromptTokens: keepLast, principal }: GenerateRequest,
  engine: ModelEngine,
  signal: AbortSignal,
): Promise<Int32Array> {
  const tokens =
    typeof prompt === 'string'
      ? await engine.encode(prompt, { addSpecialTokens, keepLast, caller: principal?.id, signal })
      : Int32Array.from(keepLast === undefined ? prompt : prompt.slice(-keepLast));
  const { contextLength } = engine.info();
  // A request that never fits must not be asked to come again.
  if (tokens.length >= contextLength) throw contextLengthExceeded(tokens.length, contextLength);
  if (tokens.length === 0) throw promptWithoutTokens();
  return tokens;
}
