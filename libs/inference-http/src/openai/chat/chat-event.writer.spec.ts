import { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import { type GenerationEvent, PLAIN_ANSWER } from '@frontier/inference';
import { describe, expect, it } from 'vitest';
import { ChatEventWriter } from './chat-event.writer.js';

const ENVELOPE = { id: 'cmpl-1', created: 1, model: 'm', system_fingerprint: 'fp_1' };
const FAULT = new AppError('Inside.', { code: 'engine_error', status: 500, retryable: true, publicMessage: 'Again.' });

function piece(index: number, text: string): GenerationEvent {
  return { index, text, generated: 1, started: { promptTokens: 2, queueMs: 0, prefillMs: 0 } };
}

function last(index: number, text = ''): GenerationEvent {
  const usage = { promptTokens: 2, completionTokens: 3 };
  const durations = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
  return { index, text, generated: 3, finished: { reason: 'stop', usage, durations } };
}

function written(writer: ChatEventWriter, events: GenerationEvent[]): ServerSentEvent[] {
  return [...events.flatMap((event) => [...writer.write(event)]), ...writer.end()];
}

describe(ChatEventWriter, () => {
  const choicesOf = (events: ServerSentEvent[]): unknown[] =>
    events.flatMap(({ data }) => (data === '[DONE]' ? [data] : (data as { choices: unknown[] }).choices));
  const open = { logprobs: null, finish_reason: null };

  it('sends the role of each choice first, and its reason alone at the end', () => {
    const events = written(new ChatEventWriter(ENVELOPE, {}, false, PLAIN_ANSWER), [
      piece(0, 'a'),
      piece(1, ''),
      last(0, 'b'),
      last(1),
    ]);
    expect(choicesOf(events)).toEqual([
      { ...open, index: 0, delta: { role: 'assistant', content: '' } },
      { ...open, index: 0, delta: { content: 'a' } },
      { ...open, index: 1, delta: { role: 'assistant', content: '' } },
      { ...open, index: 0, delta: { content: 'b' } },
      { ...open, index: 0, delta: {}, finish_reason: 'stop' },
      { ...open, index: 1, delta: {}, finish_reason: 'stop' },
      '[DONE]',
    ]);
    expect(events[0].data).toMatchObject({ ...ENVELOPE, object: 'chat.completion.chunk' });
    expect(events[0].data).not.toHaveProperty('usage');
  });

  it('sends usage in a chunk of its own before [DONE] where that is requested', () => {
    const events = written(new ChatEventWriter(ENVELOPE, { include_usage: true }, false, PLAIN_ANSWER), [last(0)]);
    expect(events.at(-2)!.data).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
    expect(events.at(-3)!.data).toMatchObject({ usage: null });
  });

  it('sends log probabilities of tokens that have no text yet, where they are requested', () => {
    const event = { ...piece(0, ''), logprobs: [{ token: 1, logprob: -1, rank: 1, bytes: [0xf0], top: [] }] };
    expect(choicesOf([...new ChatEventWriter(ENVELOPE, {}, true, PLAIN_ANSWER).write(event)])).toHaveLength(2);
  });

  it('reports a fault without [DONE]', () => {
    const { data } = new ChatEventWriter(ENVELOPE, {}, false, PLAIN_ANSWER).fault(FAULT);
    expect(data).toEqual({ error: { message: 'Again.', type: 'server_error', param: null, code: 'engine_error' } });
  });
});
