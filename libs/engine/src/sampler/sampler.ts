import { grammarEnded, nothingAllowed } from '../errors/engine.errors.js';
import type { Constraint } from '../grammar/constraint.js';
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
  /** What the text must follow. */
  readonly constraint?: Constraint;
}

/** Below it, logits that differ in the last bit are hundreds of nats apart: the same as taking the largest. */
const MIN_TEMPERATURE = 1e-4;

/** Chooses the next token of one sequence at a time. */
export class Sampler {
  private readonly nucleus: NucleusSampler;

  constructor(vocabSize: number) {
    this.nucleus = new NucleusSampler(vocabSize);
  }

  /** Whether a sequence's next token can be another one than the model's likeliest. */
  static needsLogits(state: SamplingState): boolean {
    return state.params.temperature >= MIN_TEMPERATURE || state.constraint !== undefined || isAdjusted(state);
  }

  /**
   * Chooses a token; changes `logits` in place.
   * @param likeliest the index of the largest logit
   * @throws `invalid_request` where all tokens are forbidden, `invalid_json_schema` where the vocabulary has no token for what must follow
   */
  sample(logits: Float32Array, likeliest: number, state: SamplingState): number {
    const { constraint } = state;
    const isGreedy = state.params.temperature < MIN_TEMPERATURE;
    let best = likeliest;
    if (isAdjusted(state)) {
      adjust(logits, state);
      best = argmax(logits);
      if (logits[best] === -Infinity) throw nothingAllowed();
    }
    if (constraint) {
      // Most of a greedy answer is what the model would say anyway: one token is checked faster than all.
      if (isGreedy && !state.endTokens.has(best) && constraint.allows(best)) return best;
      constrain(logits, constraint, state.endTokens);
      best = argmax(logits);
      if (logits[best] === -Infinity) throw grammarEnded();
    }
    if (isGreedy) return best;
    return this.nucleus.draw(logits, logits[best], state.params, state.random);
  }
}

/** The index of the largest value, the lowest of equals. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Whether bias, penalties or the minimum length change the logits of the next token. */
function isAdjusted(state: SamplingState): boolean {
  const { params } = state;
  return (
    isTooShort(state) ||
    countsMatter(state) ||
    params.repetitionPenalty !== 1 ||
    params.logitBias.size > 0 ||
    params.allowedTokenIds !== undefined
  );
}

function isTooShort({ params, generated, endTokens }: SamplingState): boolean {
  return generated < params.minNewTokens && endTokens.size > 0;
}

function countsMatter({ params, counts }: SamplingState): boolean {
  return (params.frequencyPenalty !== 0 || params.presencePenalty !== 0) && counts.size > 0;
}

function adjust(logits: Float32Array, state: SamplingState): void {
  const { params } = state;
  if (params.repetitionPenalty !== 1) penaliseRepetition(logits, state);
  if (countsMatter(state)) {
    for (const [token, count] of state.counts) {
      logits[token] -= params.frequencyPenalty * count + params.presencePenalty;
    }
  }
  for (const [token, bias] of params.logitBias) logits[token] += bias;
  if (isTooShort(state)) for (const token of state.endTokens) logits[token] = -Infinity;
  if (params.allowedTokenIds) keepOnly(logits, params.allowedTokenIds);
}

function keepOnly(logits: Float32Array, tokens: readonly number[]): void {
  const kept = tokens.map((token) => logits[token]);
  logits.fill(-Infinity);
  for (const [i, token] of tokens.entries()) logits[token] = kept[i];
}

/** Tokens that end the text may be chosen where it may end, and only there. */
function constrain(logits: Float32Array, constraint: Constraint, endTokens: ReadonlySet<number>): void {
  const ends = [...endTokens].filter((token) => token < logits.length).map((token) => [token, logits[token]]);
  constraint.mask(logits);
  for (const [token, logit] of ends) logits[token] = constraint.canEnd ? logit : -Infinity;
}

/** CTRL's penalty (https://arxiv.org/abs/1909.05858, section 4.1) over prompt and answer, once per token. */
function penaliseRepetition(logits: Float32Array, { params, seen }: SamplingState): void {
  for (const token of seen) {
    const logit = logits[token];
    logits[token] = logit > 0 ? logit / params.repetitionPenalty : logit * params.repetitionPenalty;
  }
}
