import { grammarEnded, logitsNotFinite, nothingAllowed } from '../errors/engine.errors.js';
import { processLogits } from '../plugin/sequence-hooks.js';
import type { ForwardOutput } from '../runner/model-runner.js';
import { logProbabilities, type TokenLogprob, type TokenLogprobs, type PromptLogprobs } from './log-probabilities.js';
import { adjustLogits, argmaxOf, isAdjusted, keepGrammatical } from './logits-adjustments.js';
import { NucleusSampler } from './nucleus-sampler.js';
import type { SamplingState } from './sampling-state.js';

/** A token and, where the request asks for them, its log probabilities. */
interface SampledToken {
  token: number;
  logprobs?: TokenLogprobs;
}

/** The output of a pass for a sequence that draws. */
type FiniteOutput = Pick<ForwardOutput, 'shares'> & { logits: Float32Array; argmax: number };

/** Below it, logits that differ in the last bit are hundreds of nats apart: the same as taking the largest. */
const MIN_TEMPERATURE = 1e-4;

/** Below it, float32 has too few bits for logits / temperature, of which shares are made. */
const MIN_SHARE_TEMPERATURE = 0.01;

/** Samples the next token of one sequence at a time. */
export class Sampler {
  private readonly nucleus: NucleusSampler;

  constructor(
    vocabSize: number,
    private readonly bytesOf: (token: number) => Uint8Array | undefined = () => undefined,
  ) {
    this.nucleus = new NucleusSampler(vocabSize);
  }

  /** True if a sequence needs more of a forward pass than the argmax. */
  static needsLogits(state: SamplingState): boolean {
    return state.params.topLogprobs !== undefined || !isArgmax(state);
  }

  /** The temperature of the shares that a sequence draws with; 0 where it draws without, or not from the model's own logits. */
  static shareTemperature(state: SamplingState): number {
    const isModels = state.constraint === undefined && state.logitsProcessors === undefined && !isAdjusted(state);
    return isModels && state.params.temperature >= MIN_SHARE_TEMPERATURE ? state.params.temperature : 0;
  }

  /**
   * Samples a token; changes the logits in place.
   * @throws `engine_error` where a logit is not a finite number, `invalid_request` where all tokens are forbidden,
   * `invalid_json_schema` where the vocabulary has no token that the grammar allows, `plugin_failed`
   */
  sample({ argmax, logits, shares }: ForwardOutput, state: SamplingState): SampledToken {
    if (argmax === undefined) throw logitsNotFinite();
    if (!logits || !Sampler.needsLogits(state)) return { token: argmax };
    const { topLogprobs, logprobTokens } = state.params;
    if (topLogprobs === undefined) return { token: this.select({ logits, argmax, shares }, state) };
    const modelLogits = logits.slice();
    const token = this.select({ logits, argmax, shares }, state);
    if (state.endTokens.has(token)) return { token };
    return { token, logprobs: this.logprobs(modelLogits, token, topLogprobs, logprobTokens) };
  }

  /** The log probability of a token by the model's logits, the most likely `count` tokens in its place, and those that are `listed`. */
  logprobs(logits: Float32Array, token: number, count: number, listed: readonly number[] = []): TokenLogprobs {
    const { token: _, logprob, rank, ...others } = logProbabilities(logits, token, count, listed);
    return {
      ...this.withBytes({ token, logprob }),
      rank,
      top: others.top.map((entry) => this.withBytes(entry)),
      ...(listed.length > 0 && { listed: others.listed.map((entry) => this.withBytes(entry)) }),
    };
  }

  /** The first token of a prompt, which no token is before. */
  withoutLogprob(token: number): PromptLogprobs {
    return { ...this.withBytes({ token, logprob: 0 }), logprob: null, rank: 1, top: [] };
  }

  private select({ logits, argmax, shares }: FiniteOutput, state: SamplingState): number {
    const { constraint, logitsProcessors } = state;
    const isGreedy = state.params.temperature < MIN_TEMPERATURE;
    let best = argmax;
    if (logitsProcessors) {
      best = processLogits(logits, logitsProcessors, state.outputTokens);
      if (logits[best] === -Infinity) throw nothingAllowed();
    }
    if (isAdjusted(state)) {
      adjustLogits(logits, state);
      best = argmaxOf(logits);
      if (logits[best] === -Infinity) throw nothingAllowed();
    }
    if (constraint) {
      // Most of a greedy output is the argmax anyway: one token is checked faster than all.
      if (isGreedy && !state.endTokens.has(best) && constraint.allows(best)) return best;
      keepGrammatical(logits, constraint, state.endTokens);
      best = argmaxOf(logits);
      if (logits[best] === -Infinity) throw grammarEnded();
    }
    if (isGreedy) return best;
    // Shares are those of the model's own logits.
    const ownShares = Sampler.shareTemperature(state) > 0 ? shares : undefined;
    return this.nucleus.draw({ logits, best, shares: ownShares }, state.params, state.random);
  }

  private withBytes(entry: { token: number; logprob: number }): TokenLogprob {
    return { ...entry, bytes: [...(this.bytesOf(entry.token) ?? [])] };
  }
}

/** True if a sequence's next token is always the model's argmax. */
function isArgmax(state: SamplingState): boolean {
  if (state.params.temperature >= MIN_TEMPERATURE) return false;
  return state.constraint === undefined && state.logitsProcessors === undefined && !isAdjusted(state);
}
