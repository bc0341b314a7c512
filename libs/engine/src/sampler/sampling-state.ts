import type { OutputConstraint } from '../grammar/output-constraint.js';
import type { NamedProcessor } from '../plugin/sequence-hooks.js';
import type { Random } from './random.js';
import type { SamplingParams } from './sampling-params.js';

/** The inputs of sampling a sequence's next token, beside its logits. */
export interface SamplingState {
  readonly params: SamplingParams;
  readonly random: Random;
  /** Tokens in prompt or output, where a repetition penalty asks for them; else empty. */
  readonly seen: ReadonlySet<number>;
  /** Occurrences of each token in the output so far. */
  readonly counts: ReadonlyMap<number, number>;
  /** New tokens so far. */
  readonly generated: number;
  /** Tokens that may not be sampled before `minNewTokens`. */
  readonly endTokens: ReadonlySet<number>;
  /** The grammar of the output. */
  readonly constraint?: OutputConstraint;
  /** Processors of a plugin; `undefined` where there are none. */
  readonly logitsProcessors?: readonly NamedProcessor[];
  /** The tokens of the output so far, for logits processors; else empty. */
  readonly outputTokens: readonly number[];
}
