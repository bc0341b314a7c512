import type { EncoderInput, EncoderOutput } from '../encoder-types.js';
import type { VectorLayer } from './dense-layer.js';
import { normalize, pool, type PoolingMode, type TokenVectors } from './pooling.js';

/** A step behind the pooling. */
export type ChainStep = VectorLayer | 'normalize';

/** The steps from the vectors of a text's tokens to its own vector. */
export interface EncoderChain {
  /** None where the model gives a vector of the whole text. */
  pooling: readonly PoolingMode[];
  /** False if the prompt's tokens do not count. */
  includesPrompt: boolean;
  /** A token that does not count at the end of a text. */
  paddingToken?: number;
  steps: readonly ChainStep[];
}

/** Makes the outputs of texts from the vectors of their tokens. */
export class EncoderOutputs {
  /** Numbers of a vector, or logits. */
  readonly outputSize: number;
  /** True if vectors have the length 1. */
  readonly isNormalized: boolean;

  /**
   * @param own the output that the chain makes: `logits` of a classifier, `vector` of an embedder
   * @param hiddenSize of a token's vector
   */
  constructor(
    private readonly own: 'vector' | 'logits',
    private readonly chain: EncoderChain,
    private readonly hiddenSize: number,
  ) {
    const layers = chain.steps.filter((step) => step !== 'normalize');
    this.outputSize = layers.at(-1)?.outputSize ?? Math.max(1, chain.pooling.length) * hiddenSize;
    this.isNormalized = chain.steps.at(-1) === 'normalize';
  }

  /** The pooling of an embedder. */
  get pooling(): readonly PoolingMode[] | undefined {
    return this.own === 'vector' ? this.chain.pooling : undefined;
  }

  /** True if there is such an output; vectors of tokens only where they have as many elements as those of texts. */
  has(output: EncoderOutput): boolean {
    if (output !== 'tokens') return output === this.own;
    return this.own === 'vector' && this.chain.pooling.length > 0 && this.outputSize === this.hiddenSize;
  }

  /**
   * An output of one text, as a copy; `undefined` where it has a number that is not finite.
   * @param input the text; without it, all vectors count
   */
  of(vectors: TokenVectors, output: EncoderOutput, input: Partial<EncoderInput> = {}): Float32Array | undefined {
    const values = output === 'tokens' ? vectors.values.slice() : this.pooled(vectors, input);
    for (const value of values) if (!Number.isFinite(value)) return undefined;
    return values;
  }

  private pooled(vectors: TokenVectors, { tokens, promptTokens = 0 }: Partial<EncoderInput>): Float32Array {
    const { pooling, includesPrompt, paddingToken, steps } = this.chain;
    if (pooling.length === 0) return withSteps(vectors.values.slice(), steps);
    const counted = paddingToken === undefined || !tokens ? vectors : withoutPadding(vectors, tokens, paddingToken);
    return withSteps(pool(counted, pooling, includesPrompt ? 0 : promptTokens), steps);
  }
}

function withSteps(pooled: Float32Array, steps: readonly ChainStep[]): Float32Array {
  let vector = pooled;
  for (const step of steps) vector = step === 'normalize' ? normalize(vector) : step.apply(vector);
  return vector;
}

/** The vectors up to the last token that is another one; as in transformers, a text of nothing else keeps its first. */
function withoutPadding({ values, size }: TokenVectors, tokens: Int32Array, paddingToken: number): TokenVectors {
  const count = Math.max(1, tokens.findLastIndex((token) => token !== paddingToken) + 1);
  return { values: values.subarray(0, count * size), size };
}
