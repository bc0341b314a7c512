import type { ModelEngine } from '@frontier/batching';
import { describe, expect, it } from 'vitest';
import { LabelTokens } from './label-tokens.js';

const PIECES = [' Yes', ' yes', 'Yes', '\n', 'y', 'es', ' N', 'N', 'o', '<s>'];

/** As sentencepiece has them: a text begins as if a space were before it, and a line does not. */
const TOKENS: Record<string, number[]> = {
  Yes: [0],
  ' Yes': [0],
  '\nYes': [3, 2],
  yes: [1],
  ' yes': [1],
  '\nyes': [3, 4, 5],
  No: [6, 8],
  ' No': [6, 8],
  '\nNo': [3, 7, 8],
  '<s>': [9],
  ' <s>': [9],
  '\n<s>': [3, 9],
};

function engineOf(): { engine: ModelEngine; calls: () => number } {
  let calls = 0;
  const engine = {
    encode: (text: string) => {
      calls++;
      return Promise.resolve(Int32Array.from(TOKENS[text]));
    },
    pieces: (ids: Int32Array) =>
      Promise.resolve([...ids].map((id) => ({ text: PIECES[id], isSpecial: PIECES[id] === '<s>' }))),
  } as unknown as ModelEngine;
  return { engine, calls: () => calls };
}

describe('LabelTokens', () => {
  it('are all tokens that are the label, with white space before it or not', async () => {
    expect(await new LabelTokens().of(engineOf().engine, 'a', ['Yes', 'yes'])).toEqual([0, 2, 1]);
  });

  it('are none where the label takes several, or a special one', async () => {
    const { engine } = engineOf();
    expect(await new LabelTokens().of(engine, 'a', ['No'])).toEqual([]);
    expect(await new LabelTokens().of(engine, 'a', ['<s>'])).toEqual([]);
  });

  it('are found once for each model', async () => {
    const labels = new LabelTokens();
    const [one, two] = [engineOf(), engineOf()];
    await labels.of(one.engine, 'a', ['Yes']);
    const before = one.calls();
    await labels.of(one.engine, 'a', ['Yes']);
    await labels.of(two.engine, 'b', ['Yes']);
    expect([one.calls(), two.calls()]).toEqual([before, before]);
  });
});
