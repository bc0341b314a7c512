import type { TokenVectors } from '../encoder/chain/pooling.js';
import type { EncoderInput } from '../encoder/encoder-types.js';
import type { EncoderRunner } from '../encoder/runner/encoder-runner.js';

/** A scripted encoder: the vector of a token is `[token, place]`. */
export class FakeEncoderRunner implements EncoderRunner {
  /** The batches of all passes, each as the lengths of its texts. */
  readonly batches: number[][] = [];
  /** Called in each pass, before it ends. */
  onPass: (inputs: readonly EncoderInput[]) => void = () => {};
  /** Token whose vector is not a number. */
  poison: number | undefined;

  encode(inputs: readonly EncoderInput[]): Promise<TokenVectors[]> {
    this.batches.push(inputs.map(({ tokens }) => tokens.length));
    try {
      this.onPass(inputs);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return Promise.resolve(
      inputs.map(({ tokens }) => ({
        size: 2,
        values: Float32Array.from([...tokens].flatMap((token, i) => [token === this.poison ? NaN : token, i])),
      })),
    );
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
