import type { ModelRunner } from '@frontier/engine';
import { decode } from '../../support/decode.ts';

/** The end of a turn in ChatML, which ends the text. */
export const END = 2;

/** Logits after a prompt, and the tokens that follow it greedily: so many at most, or up to {@link END}. */
export async function continuePrompt(
  runner: ModelRunner,
  prompt: readonly number[],
  count: number,
): Promise<{ logits: Float32Array; tokens: number[] }> {
  let next = await runner.prefill(0, Int32Array.from(prompt), prompt.length);
  const logits = next.logits.slice();
  const tokens = [next.argmax!];
  while (tokens.length < count && tokens.at(-1) !== END) {
    [next] = (await decode(runner, [0], [tokens.at(-1)!])) as Required<typeof next>[];
    tokens.push(next.argmax!);
  }
  runner.free(0);
  return { logits, tokens };
}
