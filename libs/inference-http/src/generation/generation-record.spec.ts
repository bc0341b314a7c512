import { elapsedMs } from '@frontier/http';
import type { Completion, GenerationEvent } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { describe, expect, it } from 'vitest';
import { noteCompletion, noteEvent, noteStart } from './generation-record.js';

function aRecord(fields: Partial<RequestRecord> = {}): RequestRecord {
  const startedAt = performance.timeOrigin + performance.now() - 1000;
  return { requestId: 'id', method: 'POST', endpoint: '/v1/infer', status: 0, durationMs: 0, startedAt, ...fields };
}

function aCompletion(fields: Partial<Completion> = {}): Completion {
  const usage = { promptTokens: 5, completionTokens: 3 };
  return {
    model: 'm',
    cache: 'MISS',
    choices: [{ text: 'abc', finishReason: 'stop', logprobs: [] }],
    usage,
    ...fields,
  };
}

function theEnd(promptTokens: number, completionTokens: number): GenerationEvent {
  const usage = { promptTokens, completionTokens };
  const finished = { reason: 'length', usage, durations: { queueMs: 1, prefillMs: 2, decodeMs: 3 } } as const;
  return { index: 0, text: 'x', generated: completionTokens, finished };
}

describe(noteCompletion, () => {
  it('adds up the tokens of several prompts, and keeps the cache status of the first', () => {
    const record = aRecord();
    noteCompletion(record, aCompletion());
    noteCompletion(record, aCompletion({ cache: 'HIT' }));
    expect(record).toMatchObject({
      cache: 'MISS',
      promptTokens: 10,
      completionTokens: 6,
      finishReasons: ['stop', 'stop'],
    });
  });

  it('counts the time to the first token back from now by the time of decoding', () => {
    const record = aRecord();
    noteCompletion(record, aCompletion({ durations: { queueMs: 100, prefillMs: 200, decodeMs: 600 } }));
    expect(record).toMatchObject({ queueMs: 100, prefillMs: 200 });
    expect(record.firstTokenAtMs).toBeGreaterThanOrEqual(400);
    expect(elapsedMs(record) - record.firstTokenAtMs!).toBeGreaterThanOrEqual(600);
  });

  it('knows no first token of a generation that another request computed', () => {
    const record = aRecord();
    noteCompletion(record, aCompletion({ cache: 'COALESCED' }));
    expect(record.firstTokenAtMs).toBeUndefined();
  });

  it('collects the output only where that was opted in', () => {
    const [without, opted] = [aRecord(), aRecord({ prompt: '', output: '' })];
    for (const record of [without, opted]) noteCompletion(record, aCompletion());
    expect([without.output, opted.output]).toEqual([undefined, 'abc']);
  });
});

describe('notes of a stream', () => {
  it('keep the start of the stream that began first', () => {
    const record = aRecord();
    noteStart(record, { cache: 'MISS', started: { promptTokens: 5, queueMs: 7, prefillMs: 8 } });
    const { firstTokenAtMs } = record;
    noteStart(record, { cache: 'HIT', started: { promptTokens: 5, queueMs: 1, prefillMs: 1 } });
    expect(record).toMatchObject({ cache: 'MISS', queueMs: 7, prefillMs: 8, firstTokenAtMs });
  });

  it('count the prompt once for all its completions', () => {
    const record = aRecord({ output: '' });
    noteEvent(record, { index: 0, text: 'a', generated: 1 }, false);
    noteEvent(record, theEnd(5, 2), false);
    noteEvent(record, theEnd(5, 4), true);
    expect(record).toMatchObject({
      promptTokens: 5,
      completionTokens: 6,
      output: 'axx',
      finishReasons: ['length', 'length'],
    });
  });
});
