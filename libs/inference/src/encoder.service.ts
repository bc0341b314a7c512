import { Inject, Injectable } from '@nestjs/common';
import {
  BatchingService,
  createDeadline,
  type Deadline,
  type EncodedItem,
  type EncoderText,
  inputTooLong,
  type ModelEngine,
} from '@frontier/batching';
import type { EncoderInput, EncoderModelInfo } from '@frontier/engine';
import { ResponseCache } from './cache/response-cache.js';
import type { CacheStatus } from './generation/cache-status.js';
import { promptOf } from './encoder/prompt-of.js';
import { settingUnsupported, tooManyTokens } from './encoder/encoder.errors.js';
import { DEFAULT_INFERENCE_OPTIONS, type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import type { ModelDefinition } from './registry/model-definition.js';
import { RequestPipeline } from './pipeline/request-pipeline.js';
import { type Principal, priorityOf } from './request/principal.js';
import { tokensOf } from './tokens/text-cost.js';
import type { TokenLimitState } from './tokens/token-limiter.js';
import type { EncodeRequest, EncoderSource } from './encoder/encode-request.js';
import { ENCODING_ENTRIES } from './encoder/encoding-entries.js';
import { encodingIdentity } from './encoder/encoding-identity.js';
import { assertForm, formed, type VectorForm } from './encoder/vectors.js';

/** The results of an encoder, input by input. */
export interface EncoderResult {
  /** The name of the model. */
  model: string;
  info: EncoderModelInfo;
  cache: CacheStatus;
  /** The state of the principal's token limit, where tokens were reserved. */
  tokenLimit?: TokenLimitState;
  /** One for each input: its vector, the vectors of its tokens one after the other, or its logits. */
  values: Float32Array[];
  /** Tokens of each input. */
  tokens: number[];
  /** Where the results were computed for this request. */
  durations?: { textMs: number; queueMs: number; computeMs: number };
}

/** The name of an encoder, and the limits of its passes and its queue. */
export interface EncoderLimits {
  name: string;
  /** Texts of a pass at most. */
  maxBatchSize: number;
  /** Passes' worth of texts that wait at most. */
  maxWaiting: number;
}

/** Tokens of all inputs of a request, as in OpenAI's API. */
const MAX_TOKENS = 300_000;
/** Numbers of the results of a request: 16 MiB. */
const MAX_NUMBERS = 2 ** 22;
/** The principal of requests that name none. */
const ANYBODY = { id: '' };

/** The use cases on encoders: models that make vectors or scores of texts. */
@Injectable()
export class EncoderService {
  private readonly pipeline: RequestPipeline<EncodedItem>;
  private readonly maxWaiting: number;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN)
    { cache, tokens, breakers, queue = DEFAULT_INFERENCE_OPTIONS.queue }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.pipeline = new RequestPipeline({ cache: new ResponseCache(cache, ENCODING_ENTRIES), tokens, breakers });
    this.maxWaiting = queue.maxRequests;
  }

  /**
   * The properties of the model that a task is done with; only while it is ready.
   * @throws `model_not_found`, `task_unsupported`, `model_loading`, `model_unavailable`
   */
  info({
    task,
    model,
    principal,
  }: Pick<EncodeRequest, 'task' | 'model' | 'principal'>): EncoderModelInfo & { name: string } {
    const { name } = this.models.forTask(task, model, principal);
    return { name, ...this.batching.engine(name).encoderInfo() };
  }

  /**
   * The properties of an encoder; without a name, of the one that makes embeddings, else of one that scores. Throws as {@link info}.
   */
  anyInfo(model?: string, principal?: Principal): EncoderModelInfo & EncoderLimits {
    const { name, maxBatchSize } = this.models.forAnyTask(['embed', 'rerank', 'classify'], model, principal);
    return { name, maxBatchSize, maxWaiting: this.maxWaiting, ...this.batching.engine(name).encoderInfo() };
  }

  /**
   * Computes the results of inputs. An abort of the deadline's signal ends it.
   * @throws as {@link info}, `context_length_exceeded` where an input is too long and not cut, `invalid_request`, `rate_limit_exceeded`,
   * `circuit_open`, and the errors of the model's engine
   */
  async encode(request: EncodeRequest, deadline: Deadline = createDeadline()): Promise<EncoderResult> {
    const model = this.models.forTask(request.task, request.model, request.principal);
    return this.batching.using(model.name, deadline, (engine) => this.run(request, model, engine, deadline));
  }

  /**
   * Computes the vectors of texts.
   * @throws as {@link encode}, and `invalid_request` where the model has no vectors of the form
   */
  async embed(
    request: Omit<EncodeRequest, 'task' | 'output'>,
    form: VectorForm = {},
    deadline: Deadline = createDeadline(),
  ): Promise<EncoderResult> {
    const asked = { ...request, task: 'embed', output: 'vector' } as const;
    const { name } = this.models.forTask('embed', request.model, request.principal);
    return this.batching.using(name, deadline, async () => {
      assertForm(this.info(asked), form);
      const result = await this.encode({ ...asked, model: name }, deadline);
      return { ...result, values: result.values.map((vector) => formed(vector, form)) };
    });
  }

  private async run(
    request: EncodeRequest,
    model: ModelDefinition,
    engine: ModelEngine,
    deadline: Deadline,
  ): Promise<EncoderResult> {
    const info = engine.encoderInfo();
    const { inputs, output, principal = ANYBODY, cache } = request;
    const priority = priorityOf(request.priority, principal);
    const startedAt = performance.now();
    let textMs = 0;
    const run = await this.pipeline.run(
      {
        model: model.name,
        engine,
        identity: cache?.noStore ? undefined : encodingIdentity(request, model, info),
        cache,
        principal,
        priority,
        answers: Math.ceil(inputs.length / model.maxBatchSize),
        textTokens: inputs.reduce((sum, input) => sum + textTokens(input), 0),
        prepare: async () => {
          const prepared = await encoderInputs(request, info, engine, deadline.signal);
          textMs = performance.now() - startedAt;
          const queued = { inputs: prepared, output, priority, caller: principal.id };
          const maxTokens = prepared.reduce((sum, { tokens }) => sum + tokens.length, 0);
          const limit = output === 'tokens' ? Math.floor(MAX_NUMBERS / info.outputSize) : MAX_TOKENS;
          if (maxTokens > limit) throw tooManyTokens(maxTokens, limit);
          return { maxTokens, start: () => engine.startEncoding(queued, deadline) };
        },
      },
      deadline,
    );
    const { cache: status } = run;
    const result: EncoderResult = { model: model.name, info, cache: status, values: [], tokens: [] };
    const note = ({ index, tokens, values }: EncodedItem): void => {
      result.values[index] = values;
      result.tokens[index] = tokens;
    };
    if (run.cached) {
      for (const item of run.cached) note(item);
      return result;
    }
    let queueMs: number | undefined;
    for await (const item of run.reader) {
      note(item);
      queueMs ??= item.queueMs;
    }
    result.tokenLimit = run.tokenLimit;
    if (status !== 'COALESCED' && queueMs !== undefined) {
      result.durations = { textMs, queueMs, computeMs: performance.now() - startedAt - textMs - queueMs };
    }
    return result;
  }
}

/** Texts, as the charge for a request counts them that comes to nothing; ids take no work. */
function textTokens(input: EncoderSource): number {
  if (typeof input === 'string') return tokensOf(input);
  return typeof input[0] === 'string' ? tokensOf(input[0]) + tokensOf(input[1] as string) : 0;
}

/**
 * The inputs as tokens.
 * @throws `context_length_exceeded`, `invalid_request`, and the errors of tokenization
 */
async function encoderInputs(
  { inputs, promptName, truncateTo, truncationSide, addSpecialTokens, principal }: EncodeRequest,
  info: EncoderModelInfo,
  engine: ModelEngine,
  signal: AbortSignal,
): Promise<EncoderInput[]> {
  const { maxTokens } = info;
  const limit = truncateTo === 'max' ? maxTokens : truncateTo;
  if (limit !== undefined && limit > maxTokens) {
    throw settingUnsupported(`This model takes at most ${maxTokens} tokens, and inputs cannot be cut to ${limit}.`);
  }
  const prompt = promptOf(info, promptName);
  if (typeof inputs[0] !== 'string' && typeof inputs[0][0] === 'number') {
    return (inputs as readonly (readonly number[])[]).map((ids, i) => {
      if (limit === undefined && ids.length > maxTokens) throw inputTooLong(i, ids.length, maxTokens);
      const from = truncationSide === 'left' && limit !== undefined ? Math.max(0, ids.length - limit) : 0;
      return { tokens: Int32Array.from(ids.slice(from, limit === undefined ? undefined : from + limit)) };
    });
  }
  const options = { prompt, maxTokens: limit, truncationSide, addSpecialTokens, caller: principal?.id, signal };
  const texts = await engine.encodeTexts(inputs as readonly EncoderText[], options);
  return texts.map(({ tokens, typeIds, promptTokens }) => ({ tokens, typeIds, promptTokens }));
}
