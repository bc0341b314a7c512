import {
  contextLengthExceeded,
  promptLogprobsUnavailable,
  promptWithoutTokens,
  speculationUnavailable,
  tooManySequences,
  unknownToken,
} from '../errors/engine.errors.js';
import { JsonConstraints } from '../grammar/json-constraints.js';
import type { OutputConstraint } from '../grammar/output-constraint.js';
import { createLogitsProcessors, createOutputTransform } from '../plugin/sequence-hooks.js';
import { resolveSamplingParams, type SamplingParams } from '../sampler/sampling-params.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import { markerBytes } from '../sequence/marker-bytes.js';
import { Sequence, type SequenceOptions } from '../sequence/sequence.js';
import { callConstraints } from '../tools/call-constraints.js';
import type { EngineModel } from './engine-model.js';

/** Makes the sequences of requests: checks them against the model, and fills in the model's defaults. */
export class SequenceFactory {
  private readonly constraints: JsonConstraints;

  /**
   * @param maxCacheTokens cache tokens of all running sequences together
   * @param sharesPrefixes true if callers share the keys and values of their prompts
   */
  constructor(
    private readonly model: EngineModel,
    private readonly maxCacheTokens: number,
    private readonly sharesPrefixes: boolean,
  ) {
    const { runner, vocabulary } = model;
    this.constraints = new JsonConstraints(runner.vocabSize, (token) => vocabulary.bytesOf(token));
  }

  /** The longest sequence that can ever run, in tokens. */
  get contextLength(): number {
    return Math.min(this.model.runner.contextLength, this.maxCacheTokens);
  }

  /**
   * The sequences of a request, the first of which has the others as its siblings.
   * @throws `context_length_exceeded`, `invalid_request`, `invalid_json_schema`
   */
  create(request: GenerationRequest): Sequence[] {
    const { id, params, n = 1, priority = 'normal', caller = '', cacheSalt = '' } = request;
    const { runner, vocabulary, eosTokenIds, defaults, plugin, fingerprint = '' } = this.model;
    const promptTokens = this.promptTokens(request.prompt, n);
    const resolved = resolveSamplingParams(defaults, params);
    if (!(resolved.maxNewTokens >= 1)) throw new RangeError('maxNewTokens must be at least 1.');
    if (resolved.promptLookup > 0 && !runner.verify) throw speculationUnavailable();
    if (resolved.promptLogprobs !== undefined && !runner.prefillAll) throw promptLogprobsUnavailable();
    const constraints = this.constraintsOf(resolved, n);
    const shared: Omit<SequenceOptions, 'index'> = {
      id,
      priority,
      caller,
      promptTokens,
      cacheOwner: this.sharesPrefixes ? '' : caller,
      cacheRoot: [fingerprint, cacheSalt, ...(promptTokens.length <= runner.shortPromptTokens ? ['short'] : [])],
      params: resolved,
      vocabulary,
      eosTokenIds,
      contextLength: this.contextLength,
      queuedAt: performance.now(),
    };
    const sequences = Array.from({ length: n }, (_, index) => {
      const logitsProcessors = this.logitsProcessors(shared);
      const outputTransform = plugin?.output && createOutputTransform(plugin, [...promptTokens]);
      return new Sequence({ ...shared, index, constraint: constraints.at(index), logitsProcessors, outputTransform });
    });
    sequences[0].siblings = sequences.slice(1);
    return sequences;
  }

  /** @throws `invalid_json_schema` */
  private constraintsOf({ jsonSchema, tools, markers }: SamplingParams, n: number): OutputConstraint[] {
    if (tools !== undefined) {
      const { vocabulary } = this.model;
      return callConstraints(this.constraints, tools, n, markerBytes(vocabulary, markers));
    }
    return jsonSchema === undefined ? [] : this.constraints.make(jsonSchema, n);
  }

  private promptTokens(prompt: GenerationRequest['prompt'], n: number): Int32Array {
    const { runner } = this.model;
    const { contextLength } = this;
    const tokens = Int32Array.from(prompt);
    const unknown = tokens.find((token) => token < 0 || token >= runner.vocabSize);
    if (unknown !== undefined) throw unknownToken(unknown, runner.vocabSize);
    if (tokens.length >= contextLength) throw contextLengthExceeded(tokens.length, contextLength);
    if (tokens.length === 0) throw promptWithoutTokens();
    const room = Math.min(runner.maxBatchSize, Math.floor(this.maxCacheTokens / (tokens.length + 1)));
    if (n > room) throw tooManySequences(n, room);
    return tokens;
  }

  private logitsProcessors({
    params,
    promptTokens,
  }: Omit<SequenceOptions, 'index'>): SequenceOptions['logitsProcessors'] {
    if (params.logitsProcessors.length === 0) return undefined;
    const { plugin, vocabulary, eosTokenIds, runner } = this.model;
    return createLogitsProcessors(params.logitsProcessors, plugin, {
      promptTokens: [...promptTokens],
      vocabularySize: runner.vocabSize,
      vocabulary,
      eosTokenIds,
    });
  }
}
