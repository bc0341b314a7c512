import type { GenerationEvent } from '@frontier/batching';
import { describe, expect, it } from 'vitest';
import { TokenAccount } from './token-account.js';

const COST = { answers: 1, promptTokens: 10, answerTokens: 50, maxTokens: 60 };
const finished = {
  reason: 'stop',
  usage: { promptTokens: 12, completionTokens: 3 },
  durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
} as const;

async function* three(): AsyncGenerator<GenerationEvent, void, undefined> {
  yield { index: 0, text: 'a', generated: 1 };
  yield { index: 0, text: 'b', generated: 2 };
  yield { index: 0, text: 'c', generated: 3, finished };
}

function anAccount(): { account: TokenAccount; settled: number[]; caller: AbortController } {
  const settled: number[] = [];
  const caller = new AbortController();
  const reservation = { state: {} as never, settle: (amount: number) => void settled.push(amount) };
  return { account: new TokenAccount(reservation, COST, caller.signal), settled, caller };
}

describe(TokenAccount.name, () => {
  it('settles with what an answer really cost', async () => {
    const { account, settled } = anAccount();
    for await (const { text } of account.charge(three())) expect(text).toHaveLength(1);
    expect(settled).toEqual([15]);
  });

  it('settles with the pieces so far when the reader stops', async () => {
    const { account, settled } = anAccount();
    for await (const { text } of account.charge(three())) if (text === 'b') break;
    expect(settled).toEqual([12]);
  });

  it('settles when the caller has left, though nobody reads on', async () => {
    const { account, settled, caller } = anAccount();
    await account.charge(three()).next();
    caller.abort();
    expect(settled).toEqual([11]);
  });

  it('gives all back where nothing was computed', () => {
    const { account, settled } = anAccount();
    account.settle();
    expect(settled).toEqual([0]);
  });
});
