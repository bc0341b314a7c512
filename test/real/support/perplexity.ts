import type { ModelRunner } from '@frontier/engine';
import { decode } from '../../support/decode.ts';
import { negativeLogLikelihood } from '../../support/likelihood.ts';

/** Parts that the text is cut into; their first tokens are not scored. */
export const WINDOWS = 8;

/** Equal parts of a text's tokens. */
export function windowsOf(ids: ArrayLike<number>): number[][] {
  const length = Math.floor(ids.length / WINDOWS);
  const all = Array.from(ids);
  return Array.from({ length: WINDOWS }, (_, i) => all.slice(i * length, (i + 1) * length));
}

/** exp of the mean negative log likelihood of each token but the first of its window, given those before it. */
export async function perplexity(runner: ModelRunner, windows: readonly number[][]): Promise<number> {
  const slots = windows.map((_, slot) => slot);
  const next = await Promise.all(windows.map(() => undefined as Float32Array | undefined));
  for (const [slot, [first]] of windows.entries()) {
    next[slot] = (await runner.prefill(slot, Int32Array.of(first), 1)).logits!.slice();
  }
  let sum = 0;
  const { length } = windows[0];
  for (let at = 1; at < length; at++) {
    const tokens = windows.map((window) => window[at]);
    for (const [slot, token] of tokens.entries()) sum += negativeLogLikelihood(next[slot]!, token);
    if (at === length - 1) break;
    for (const [slot, { logits }] of (await decode(runner, slots, tokens)).entries()) next[slot] = logits;
  }
  for (const slot of slots) runner.free(slot);
  return Math.exp(sum / (windows.length * (length - 1)));
}
