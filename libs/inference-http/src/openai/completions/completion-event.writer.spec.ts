import type { ServerSentEvent } from '@frontier/http';
import type { GenerationEvent } from '@frontier/inference';
import { describe, expect, it } from 'vitest';
import { CompletionEventWriter } from './completion-event.writer.js';

const ENVELOPE = { id: 'cmpl-1', created: 1, model: 'm', system_fingerprint: 'fp_1' };

function piece(index: number, text: string): GenerationEvent {
  return { index, text, generated: 1, started: { promptTokens: 2, queueMs: 0, prefillMs: 0 } };
}

function last(index: number, text = ''): GenerationEvent {
  const usage = { promptTokens: 2, completionTokens: 3 };
  const durations = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
  return { index, text, generated: 3, finished: { reason: 'stop', usage, durations } };
}

function written(writer: CompletionEventWriter, events: [event: GenerationEvent, prompt: number][]): ServerSentEvent[] {
  return [...events.flatMap(([event, prompt]) => [...writer.write(event, prompt)]), ...writer.end()];
}

const PARTS = { withLogprobs: true, echo: undefined, promptIds: undefined };

describe(CompletionEventWriter, () => {
  it('numbers the completions of all prompts on, and leaves out events without news', () => {
    const events = written(new CompletionEventWriter(ENVELOPE, 2, {}, { ...PARTS, withLogprobs: false }), [
      [piece(1, 'a'), 0],
      [piece(0, ''), 1],
      [piece(0, 'b'), 1],
      [last(1, 'c'), 1],
    ]);
    expect(events.slice(0, -1).map(({ data }) => (data as { choices: unknown[] }).choices)).toEqual([
      [{ index: 1, text: 'a', logprobs: null, finish_reason: null }],
      [{ index: 2, text: 'b', logprobs: null, finish_reason: null }],
      [{ index: 3, text: 'c', logprobs: null, finish_reason: 'stop' }],
    ]);
    expect(events.at(-1)).toEqual({ data: '[DONE]' });
  });

  it('counts offsets of each completion on its own', () => {
    const writer = new CompletionEventWriter(ENVELOPE, 1, {}, PARTS);
    const offsets = (text: string, prompt: number): unknown => {
      const logprobs = [{ token: 1, logprob: -1, rank: 1, bytes: [...Buffer.from(text)], top: [] }];
      const [{ data }] = [...writer.write({ ...piece(0, text), logprobs }, prompt)];
      return (data as { choices: { logprobs: { text_offset: number[] } }[] }).choices[0].logprobs.text_offset;
    };
    expect([offsets('ab', 0), offsets('c', 1), offsets('d', 0)]).toEqual([[0], [0], [2]]);
  });
});
