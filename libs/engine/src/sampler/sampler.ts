import { engineError } from '../engine.errors.js';
import { NucleusSampler } from './nucleus-sampler.js';
import type { Random } from './random.js';
import type { SamplingParams } from './sampling-params.js';

/** What the choice of a sequence's next token depends on, beside its logits. */
export interface SamplingState {
  readonly params: SamplingParams;
  readonly random: Random;
  /** Tokens in prompt or answer, where a repetition penalty asks for them; else empty. */
  readonly seen: ReadonlySet<number>;
  /** How often each token occurs in the answer so far. */
  readonly counts: ReadonlyMap<number, number>;
  /** New tokens so far. */
  readonly generated: number;
  /** Tokens that may not be chosen before `minNewTokens`. */
  readonly endTokens: ReadonlySet<number>;
}

/** Below it, logits that differ in the last bit are hundreds of nats apart: the same as taking the largest. */
const MIN_TEMPERATURE = 1e-4;

/** Chooses the next token of one sequence at a time. */
export class Sampler {
  private readonly nucleus: NucleusSampler;

  constructor(vocabSize: number) {
    this.nucleus = new NucleusSampler(vocabSize);
  }

  /**
   * Chooses a token; changes `logits` in place.
   * @throws `engine_error` when a logit is not a finite number
   */
  sample(logits: Float32Array, state: SamplingState): number {
    let best = finiteArgmax(logits);
    if (best === -1) throw engineError('The model computed a logit that is not a finite number.');
    if (adjust(logits, state)) best = argmax(logits);
    if (state.params.temperature < MIN_TEMPERATURE) return best;
    return this.nucleus.draw(logits, logits[best], state.params, state.random);
  }
}

/** The index of the largest value, the lowest of equals. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The same in one pass with the check that all values are finite; -1 if one is not. */
function finiteArgmax(values: Float32Array): number {
  let best = 0;
  let max = -Infinity;
  let poison = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    poison += value * 0;
    if (value > max) {
      max = value;
      best = i;
    }
  }
  return poison === 0 ? best : -1;
}

/** Applies bias, penalties and the minimum length; returns whether any applied. */
function adjust(logits: Float32Array, state: SamplingState): boolean {
  const { params, counts, generated } = state;
  const tooShort = generated < params.minNewTokens && state.endTokens.size > 0;
  const countsMatter = (params.frequencyPenalty !== 0 || params.presencePenalty !== 0) && counts.size > 0;
  const repeats = params.repetitionPenalty !== 1;
  if (!tooShort && !countsMatter && !repeats && params.logitBias.size === 0) return false;

  if (repeats) penaliseRepetition(logits, state);
  if (countsMatter) {
    for (const [token, count] of counts) {
      logits[token] -= params.frequencyPenalty * count + params.presencePenalty;
    }
  }
  for (const [token, bias] of params.logitBias) logits[token] += bias;
  if (tooShort) for (const token of state.endTokens) logits[token] = -Infinity;
  return true;
}

/** CTRL's penalty (https://arxiv.org/abs/1909.05858, section 4.1) over prompt and answer, once per token. */
function penaliseRepetition(logits: Float32Array, { params, seen }: SamplingState): void {
  for (const token of seen) {
    const logit = logits[token];
    logits[token] = logit > 0 ? logit / params.repetitionPenalty : logit * params.repetitionPenalty;
  }
}
