import type { EncoderStepReport, SequenceOutput, StepReport } from '@frontier/engine';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Encoding } from '../generation/encoding.js';
import { Generation } from '../generation/generation.js';
import type { GenerationEnd } from '../generation/generation-event.js';
import { PendingRequests } from './pending-requests.js';

function aReport(outputs: Partial<SequenceOutput>[], scheduled: string[] = []): StepReport {
  return { scheduled, outputs: outputs.map((output) => ({ id: 'a', index: 0, text: '', ...output })) } as never;
}
const finished = { reason: 'stop', usage: {}, durations: {} } as unknown as SequenceOutput['finished'];
const broken = { message: 'broken', code: 'engine_error', status: 500 } as never;

function addRequest(pending: PendingRequests, id = 'a', answers = 2): Generation {
  const limits = { queueTimeoutMs: 60_000, runTimeoutMs: 60_000 };
  const generation = new Generation(limits, () => new Error('late'));
  onTestFinished(() => generation.finish());
  const cost = { caller: 'me', answers, promptTokens: 1, answerTokens: 10, maxTokens: 21 };
  const request = { id, prompt: [], n: answers, priority: 'normal' } as const;
  pending.add({ work: { type: 'submit', request, generation }, cost });
  return generation;
}

function endOf(generation: Generation): GenerationEnd | undefined {
  let ended: GenerationEnd | undefined;
  generation.onEnd((end) => (ended = end));
  return ended;
}

describe(PendingRequests.name, () => {
  it('keeps a request until all of its answers have ended', async () => {
    const pending = new PendingRequests({ maxRequests: 64 });
    const generation = addRequest(pending);
    expect([pending.waiting, pending.tokens.used]).toEqual([2, 21]);
    pending.onStep(aReport([{ text: 'x' }], ['a']));
    expect([pending.waiting, pending.tokens.used]).toEqual([0, 0]);
    pending.onStep(aReport([{ text: 'y', finished }]));
    pending.onStep(aReport([{ index: 1, text: 'z', finished }]));
    pending.onStep(aReport([{ text: 'nobody asked' }]));
    const events: string[] = [];
    const signal = new AbortController().signal;
    for await (const { index, text } of generation.subscribe(signal)) events.push(`${index}${text}`);
    expect(events).toEqual(['0x', '0y', '1z']);
    expect([...pending]).toEqual([]);
  });

  it('ends a request with the first answer that fails', () => {
    const pending = new PendingRequests({ maxRequests: 64 });
    const generation = addRequest(pending);
    pending.onStep(aReport([{ error: broken }]));
    expect(endOf(generation)).toMatchObject({ kind: 'failed', error: { message: 'broken' } });
    expect(pending.waiting).toBe(0);
  });

  it('fails all answers that one fault ended with one error', () => {
    const pending = new PendingRequests({ maxRequests: 64 });
    const both = [addRequest(pending, 'a', 1), addRequest(pending, 'b', 1)];
    pending.onStep(aReport([{ error: broken }, { id: 'b', error: broken }]));
    const [first, second] = both.map((generation) => endOf(generation) as { error: unknown });
    expect(first).toMatchObject({ kind: 'failed', error: { message: 'broken' } });
    expect(first.error).toBe(second.error);
  });

  describe('of an encoder', () => {
    const item = (index: number, result: object = { values: new Float32Array(1) }): EncoderStepReport['items'][0] => ({
      requestId: 'e',
      index,
      ...result,
    });
    const pass = (...items: EncoderStepReport['items']): EncoderStepReport =>
      ({ items, passMs: 1 }) as EncoderStepReport;

    /** Five inputs of two tokens each that fill three passes. */
    function addEncoding(pending: PendingRequests, id = 'e'): Encoding {
      const limits = { queueTimeoutMs: 60_000, runTimeoutMs: 60_000 };
      const generation: Encoding = new Generation(limits, () => new Error('late'));
      onTestFinished(() => generation.finish());
      const inputs = Array.from({ length: 5 }, () => ({ tokens: new Int32Array(2) }));
      const request = { id, inputs, output: 'vector', priority: 'normal' } as const;
      const cost = { caller: 'me', answers: 3, promptTokens: 10, answerTokens: 0, maxTokens: 10 };
      pending.add({ work: { type: 'encode', request: { ...request, inputs }, generation }, cost });
      return generation;
    }

    it('leave the queue input by input, in any order', async () => {
      const pending = new PendingRequests({ maxRequests: 64 });
      const encoding = addEncoding(pending);
      const seen: number[][] = [];
      for (const items of [[item(3)], [item(0), item(4)], [item(1)], [item(2)]]) {
        pending.onEncoded(pass(...items));
        seen.push([pending.waiting, pending.tokens.used, pending.size]);
      }
      expect(seen).toEqual([
        [3, 8, 1],
        [2, 4, 1],
        [1, 2, 1],
        [0, 0, 0],
      ]);
      expect(encoding.end).toMatchObject({ kind: 'finished' });
      expect(encoding.events.map(({ index, tokens }) => [index, tokens])).toEqual([3, 0, 4, 1, 2].map((i) => [i, 2]));
      expect(await encoding.usage()).toEqual({ promptTokens: 10, completionTokens: 0 });
    });

    it('end with the first input that fails, and give all back', async () => {
      const pending = new PendingRequests({ maxRequests: 64 });
      const encoding = addEncoding(pending);
      pending.onEncoded(pass(item(0), item(1, { error: broken }), item(2)));
      pending.onEncoded(pass(item(3)));
      expect(encoding.end).toMatchObject({ kind: 'failed', error: { message: 'broken' } });
      expect([pending.waiting, pending.tokens.used, pending.size]).toEqual([0, 0, 0]);
      // The third was in the same pass.
      expect((await encoding.usage()).promptTokens).toBe(6);
    });

    it('end all with one error where one pass fails them', () => {
      const pending = new PendingRequests({ maxRequests: 64 });
      const [first, second] = [addEncoding(pending), addEncoding(pending, 'f')];
      pending.onEncoded(pass(item(0, { error: broken }), item(0, { requestId: 'f', error: broken })));
      expect(first.end).toMatchObject({ kind: 'failed', error: { message: 'broken' } });
      expect((second.end as { error: Error }).error).toBe((first.end as { error: Error }).error);
      expect([first.isWaiting, second.isWaiting]).toEqual([false, false]);
    });

    it('give back the rest when they are removed', () => {
      const pending = new PendingRequests({ maxRequests: 64 });
      addEncoding(pending);
      pending.onEncoded(pass(item(0)));
      pending.remove('e');
      expect([pending.waiting, pending.tokens.used, pending.answers.callers]).toEqual([0, 0, 0]);
    });
  });
});
