import { AppError } from '@frontier/errors';
import type { GenerationEvent } from '@frontier/inference';
import { describe, expect, it } from 'vitest';
import { inferEventWriter } from './infer-event.writer.js';

const FAULT = new AppError('Inside.', { code: 'engine_error', status: 500, retryable: true, publicMessage: 'Again.' });

function piece(index: number, text: string): GenerationEvent {
  return { index, text, generated: 1, started: { promptTokens: 2, queueMs: 0, prefillMs: 0 } };
}

function last(index: number, text = ''): GenerationEvent {
  const usage = { promptTokens: 2, completionTokens: 3 };
  const durations = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
  return { index, text, generated: 3, finished: { reason: 'stop', usage, durations } };
}

describe(inferEventWriter, () => {
  it('sends each piece of text, the last one with its reason, then the usage', () => {
    const usage = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
    const writer = inferEventWriter('id');
    const events = [piece(0, 'a'), piece(0, ''), last(0)];
    expect(events.flatMap((event) => [...writer.write(event, 0)])).toEqual([
      { event: 'token', data: { text: 'a', finish_reason: null } },
      { event: 'token', data: { text: '', finish_reason: 'stop' } },
      { event: 'done', data: { usage, finish_reason: 'stop' } },
    ]);
  });

  it('reports a fault by its public message, with the id of the request', () => {
    const error = { code: 'engine_error', message: 'Again.', retryable: true, request_id: 'id' };
    expect(inferEventWriter('id').fault(FAULT)).toEqual({ event: 'error', data: { error } });
  });
});
