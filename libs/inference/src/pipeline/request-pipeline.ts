import {
  type Deadline,
  deadlineExceeded,
  type Generation,
  type GenerationEnd,
  type GenerationReader,
  type ModelEngine,
  waitEnded,
} from '@frontier/batching';
import type { Priority } from '@frontier/engine';
import { InFlightGenerations } from '../cache/in-flight-generations.js';
import type { ResponseCache } from '../cache/response-cache.js';
import type { CircuitBreakers, Permit } from './circuit-breakers.js';
import { pipelineChannel, type PipelineProgress } from './pipeline-channel.js';
import type { CacheStatus } from '../generation/cache-status.js';
import type { CacheDirectives } from '../request/cache-directives.js';
import type { Principal } from '../request/principal.js';
import type { RequestIdentity } from '../request/request-identity.js';
import { chargeText } from '../tokens/text-cost.js';
import type { TokenLimiter, TokenLimitState } from '../tokens/token-limiter.js';
import { TokenMeter } from '../tokens/token-meter.js';

/** `Retry-After` of a request whose time was up before it had a place in the queue. */
const RETRY_AFTER_MS = 1000;

/** A request whose prompt is tokenized. */
interface PreparedRequest<E> {
  /** Tokens that it may need. */
  maxTokens: number;
  /** Queues it. */
  start(): Generation<E>;
}

/** A request, as far as the pipeline must know it. */
export interface PipelineRequest<E> {
  /** The model's name. */
  model: string;
  engine: ModelEngine;
  /** Equal for requests with equal answers; `undefined` where the answer is neither kept nor shared. */
  identity: RequestIdentity | undefined;
  cache: CacheDirectives | undefined;
  principal: Principal;
  priority: Priority;
  /** Places that it takes in the queue. */
  answers: number;
  /** Tokenizes it. */
  prepare(): Promise<PreparedRequest<E>>;
  /** Tokens of its texts, about, which are charged where nothing comes of them. */
  textTokens: number;
}

/** A request that runs, or its answer where it was kept. */
export type PipelineRun<E> =
  | { cache: 'HIT'; cached: readonly E[] }
  | {
      cache: Exclude<CacheStatus, 'HIT'>;
      cached?: undefined;
      tokenLimit?: TokenLimitState;
      reader: GenerationReader<E>;
    };

interface RequestPipelineOptions<E> {
  /** `undefined`: answers are not kept. */
  cache: ResponseCache<E> | undefined;
  tokens: TokenLimiter | undefined;
  breakers: CircuitBreakers | undefined;
}

/** The way of every request to a model's engine: cache, requests in flight, admission, token limit, breaker. */
export class RequestPipeline<E> {
  private readonly inFlight = new InFlightGenerations<E>();

  constructor(private readonly options: RequestPipelineOptions<E>) {}

  /**
   * Runs a request, or joins an equal one. The reader must be read, or the deadline's signal aborted.
   * @throws `rate_limit_exceeded`, `circuit_open`, and what `prepare` and `start` throw
   */
  async run(request: PipelineRequest<E>, deadline: Deadline): Promise<PipelineRun<E>> {
    const { signal } = deadline;
    const { identity, engine, principal, priority, answers } = request;
    const { noCache, maxAgeMs } = request.cache ?? {};
    const { cache, tokens } = this.options;
    const mayReuse = identity !== undefined && !noCache;
    const progress = { model: request.model, caller: principal.id };
    publish(progress);
    const cached = mayReuse ? await cache?.get(identity, maxAgeMs) : undefined;
    if (signal.aborted) throw waitEnded(signal, RETRY_AFTER_MS);
    if (cached) {
      publish({ ...progress, cache: 'HIT' });
      return { cache: 'HIT', cached };
    }

    // Nothing is tokenized for a request that will be refused; one that shares a generation takes no place.
    const isShared = mayReuse && this.inFlight.find(identity) !== undefined;
    const release = isShared ? undefined : engine.reserve({ answers, caller: principal.id, priority }, deadline);
    let prepared: PreparedRequest<E>;
    let meter: TokenMeter;
    let tokenLimit: TokenLimitState | undefined;
    try {
      prepared = await request.prepare();
      const reservation = await tokens?.reserve(principal, prepared.maxTokens);
      meter = new TokenMeter(reservation);
      tokenLimit = reservation?.state;
    } catch (error) {
      // The text was tokenized, and nothing else comes of it.
      if (request.textTokens > 0) await chargeText(tokens, principal, request.textTokens).catch(() => {});
      throw error;
    } finally {
      release?.();
    }
    const read = (generation: Generation<E>): GenerationReader<E> =>
      generation.subscribe(signal, meter.observe(generation));
    try {
      // No await between these two: equal requests must find each other.
      const shared = mayReuse ? this.inFlight.find(identity) : undefined;
      if (shared) {
        publish({ ...progress, cache: 'COALESCED', generation: shared });
        return { cache: 'COALESCED', tokenLimit, reader: read(shared) };
      }
      const generation = this.start(request.model, prepared);
      if (identity) {
        this.inFlight.add(identity, generation);
        cache?.storeWhenFinished(identity, generation);
      }
      const status = mayReuse && cache?.isEnabled ? 'MISS' : 'BYPASS';
      publish({ ...progress, cache: status, generation });
      return { cache: status, tokenLimit, reader: read(generation) };
    } catch (error) {
      meter.cancel();
      throw error;
    }
  }

  /** Starts a generation, unless the model's breaker is open. */
  private start(model: string, request: PreparedRequest<E>): Generation<E> {
    const permit = this.options.breakers?.get(`model:${model}`).admit();
    try {
      const generation = request.start();
      if (permit) generation.onEnd((end) => settle(permit, end, generation.isWaiting));
      return generation;
    } catch (error) {
      permit?.fail(error);
      throw error;
    }
  }
}

function publish(progress: PipelineProgress): void {
  if (pipelineChannel.hasSubscribers) pipelineChannel.publish(progress);
}

/** Notes the end of a generation with its breaker. */
function settle(permit: Permit, end: GenerationEnd<unknown>, isWaiting: boolean): void {
  if (end.kind === 'finished') permit.succeed();
  // A failure before a step has worked on it is no fault of the engine.
  else if (end.kind === 'failed' && isWaiting) permit.abandon();
  else if (end.kind === 'failed') permit.fail(end.error);
  else if (end.hasStalled) permit.fail(deadlineExceeded());
  else permit.abandon();
}
