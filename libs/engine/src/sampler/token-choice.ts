import { logitsNotFinite } from '../errors/engine.errors.js';
import type { NextToken } from '../runner/model-runner.js';
import { logProbabilities, type TokenLogprob, type TokenLogprobs } from './log-probabilities.js';
import { Sampler, type SamplingState } from './sampler.js';

/** A token, and how likely it was where the request asks for that. */
export interface TokenChoice {
  token: number;
  logprobs?: TokenLogprobs;
}

/** Chooses what follows a pass, and tells how likely it was. */
export class TokenChooser {
  private readonly sampler: Sampler;

  constructor(
    vocabSize: number,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    this.sampler = new Sampler(vocabSize);
  }

  /** Whether the likeliest token is not all that a choice needs. */
  static needsLogits(state: SamplingState): boolean {
    return state.params.topLogprobs !== undefined || Sampler.needsLogits(state);
  }

  /** @throws `engine_error` when a logit is not a finite number, `invalid_json_schema` when no token of the model can follow */
  choose({ likeliest, logits }: NextToken, state: SamplingState): TokenChoice {
    if (likeliest === undefined) throw logitsNotFinite();
    if (!logits || !TokenChooser.needsLogits(state)) return { token: likeliest };
    const { topLogprobs } = state.params;
    if (topLogprobs === undefined) return { token: this.sampler.sample(logits, likeliest, state) };
    // Sampling changes the logits in place.
    const modelLogits = logits.slice();
    const token = this.sampler.sample(logits, likeliest, state);
    if (state.endTokens.has(token)) return { token };
    const { top, ...chosen } = logProbabilities(modelLogits, token, topLogprobs);
    return { token, logprobs: { ...this.withBytes(chosen), top: top.map((entry) => this.withBytes(entry)) } };
  }

  private withBytes(entry: { token: number; logprob: number }): TokenLogprob {
    return { ...entry, bytes: [...(this.bytesOf(entry.token) ?? [])] };
  }
}
