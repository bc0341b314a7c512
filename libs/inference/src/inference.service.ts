import { Inject, Injectable } from '@nestjs/common';
import {
  BatchingService,
  createDeadline,
  type Deadline,
  type GenerationEvent,
  type ModelEngine,
} from '@frontier/batching';
import { contextLengthExceeded, promptWithoutTokens, resolveSamplingParams } from '@frontier/engine';
import { GENERATION_ENTRIES } from './cache/generation-entries.js';
import { ResponseCache } from './cache/response-cache.js';
import { collect, type Completion } from './generation/completion.js';
import { CachedEvents, GenerationStream } from './generation/generation-stream.js';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import type { ModelDefinition } from './registry/model-definition.js';
import { RequestPipeline } from './pipeline/request-pipeline.js';
import type { GenerateRequest } from './request/generate-request.js';
import { priorityOf } from './request/principal.js';
import { requestIdentity } from './request/request-identity.js';
import { tokensOf } from './tokens/text-cost.js';

/** The principal of requests that name none. */
const ANYBODY = { id: '' };

/** The use cases on models that generate text. */
@Injectable()
export class InferenceService {
  private readonly cache: ResponseCache<GenerationEvent>;
  private readonly pipeline: RequestPipeline<GenerationEvent>;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { cache, tokens, breakers }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.cache = new ResponseCache(cache, GENERATION_ENTRIES);
    this.pipeline = new RequestPipeline({ cache: this.cache, tokens, breakers });
  }

  /**
   * Begins to continue a prompt, and returns with the first event. An abort of the deadline's signal ends it within one step.
   *
   * @throws `model_not_found`, `rate_limit_exceeded`, `circuit_open` and the errors of the model's engine; once
   * the stream has begun, it throws later errors
   */
  async generate(request: GenerateRequest, deadline: Deadline = createDeadline()): Promise<GenerationStream> {
    const model = this.models.get(request.model, request.principal);
    return this.batching.using(model.name, deadline, (engine) => this.start(request, model, engine, deadline));
  }

  /** Generates whole continuations; their texts are those that {@link generate} streams. */
  async complete(request: GenerateRequest, deadline?: Deadline): Promise<Completion> {
    return collect(await this.generate(request, deadline), request.n ?? 1);
  }

  /** Removes all answers that are kept. */
  async clearCache(): Promise<void> {
    await this.cache.clear();
  }

  private async start(
    request: GenerateRequest,
    model: ModelDefinition,
    engine: ModelEngine,
    deadline: Deadline,
  ): Promise<GenerationStream> {
    const info = engine.info();
    const params = resolveSamplingParams(info.defaults, request.params);
    const { n = 1, principal = ANYBODY, prompt, cache, cacheSalt } = request;
    const priority = priorityOf(request.priority, principal);
    const run = await this.pipeline.run(
      {
        model: model.name,
        engine,
        identity: cache?.noStore ? undefined : requestIdentity(request, params, model, info),
        cache,
        principal,
        priority,
        answers: n,
        textTokens: typeof prompt === 'string' ? tokensOf(prompt) : (request.textTokens ?? 0),
        prepare: async () => {
          const tokens = await promptTokens(request, engine, deadline.signal);
          const { maxNewTokens } = params;
          const cost = engine.estimateCost({ promptTokens: tokens.length, maxNewTokens, n, caller: principal.id });
          const queued = { prompt: tokens, params, n, priority, caller: principal.id, cacheSalt };
          return { maxTokens: cost.maxTokens, start: () => engine.start(queued, deadline) };
        },
      },
      deadline,
    );
    if (run.cached) return new GenerationStream({ model: model.name, cache: 'HIT' }, new CachedEvents(run.cached));
    const { started } = await run.reader.firstEvent();
    const isOwn = run.cache !== 'COALESCED';
    const head = {
      model: model.name,
      cache: run.cache,
      tokenLimit: run.tokenLimit,
      started: isOwn ? started : undefined,
    };
    return new GenerationStream(head, run.reader);
  }
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
