import { Generation, type GenerationReader } from '@frontier/batching';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenMeter } from './token-meter.js';

const finished = {
  reason: 'stop',
  usage: { promptTokens: 12, completionTokens: 3 },
  durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
} as const;

function aGeneration(): Generation {
  const generation = new Generation({ queueTimeoutMs: 60_000, runTimeoutMs: 60_000 }, () => new Error('late'));
  onTestFinished(() => generation.finish());
  return generation;
}

/** As a step of an engine does. */
function compute(generation: Generation, { text, isLast = false }: { text: string; isLast?: boolean }): void {
  generation.noteToken();
  generation.push({ index: 0, text, generated: 1, ...(isLast ? { finished } : {}) });
  if (isLast) generation.finish();
}

function aMeter(): {
  meter: TokenMeter;
  follow: (generation: Generation) => GenerationReader;
  settled: number[];
  caller: AbortController;
} {
  const settled: number[] = [];
  const caller = new AbortController();
  const reservation = { state: {} as never, settle: (amount: number) => void settled.push(amount) };
  const meter = new TokenMeter(reservation);
  const follow = (generation: Generation): GenerationReader =>
    generation.subscribe(caller.signal, meter.observe(generation));
  return { meter, follow, settled, caller };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe(TokenMeter.name, () => {
  it('settles with what an answer really cost', async () => {
    const { follow, settled } = aMeter();
    const generation = aGeneration();
    generation.notePrompt(12);
    for (const text of 'abc') compute(generation, { text, isLast: text === 'c' });
    for await (const { text } of follow(generation)) expect(text).toHaveLength(1);
    await soon();
    expect(settled).toEqual([15]);
  });

  it('settles with what was computed, read or not, once the engine has stopped', async () => {
    const { follow, settled, caller } = aMeter();
    const generation = aGeneration();
    const events = follow(generation);
    const first = events.next();
    generation.notePrompt(12);
    compute(generation, { text: 'a' });
    compute(generation, { text: 'b' });
    await first;
    caller.abort();
    await soon();
    expect(settled).toEqual([]);
    generation.leave();
    await soon();
    expect(settled).toEqual([14]);
  });

  it('settles with the prompt so far when the caller leaves before the first token', async () => {
    const { follow, settled, caller } = aMeter();
    const generation = aGeneration();
    const first = follow(generation).next();
    generation.notePrompt(8);
    caller.abort();
    await expect(first).rejects.toMatchObject({ code: 'request_aborted' });
    // The pass that ran meanwhile.
    generation.notePrompt(16);
    generation.leave();
    await soon();
    expect(settled).toEqual([16]);
  });

  it('settles at once for one who leaves while others follow', async () => {
    const { follow, settled, caller } = aMeter();
    const generation = aGeneration();
    generation.subscribe(new AbortController().signal);
    const first = follow(generation).next();
    generation.notePrompt(8);
    caller.abort();
    await expect(first).rejects.toMatchObject({ code: 'request_aborted' });
    await soon();
    expect(settled).toEqual([8]);
  });

  it('gives all back where nothing began', () => {
    const { meter, settled } = aMeter();
    meter.cancel();
    expect(settled).toEqual([0]);
  });
});
