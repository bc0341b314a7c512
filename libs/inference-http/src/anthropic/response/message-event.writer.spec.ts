import { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import { type AnswerForm, type FinishReason, type GenerationEvent, TOOL_FORMATS } from '@frontier/inference';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerBlock } from './answer-block.js';
import type { BlockOptions } from './block-reader.js';
import { MessageEventWriter } from './message-event.writer.js';
import type { Message } from './message.response.js';
import { readBlocks } from './read-blocks.js';

const ENVELOPE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' } as const;
const FORM: AnswerForm = { tools: 'hermes', isTriggered: false, thinking: 'possible' };
const OPTIONS: BlockOptions = { form: FORM, omitsThoughts: false };
const CALL = '<tool_call>\n{"name": "f", "arguments": {"a":"}"}}\n</tool_call>';

/** The events of an engine for a text in pieces, the last of which ends it. */
function generated(pieces: readonly string[], reason: FinishReason = 'stop', stop?: string): GenerationEvent[] {
  const usage = { promptTokens: 9, completionTokens: pieces.length, cachedTokens: 4 };
  return pieces.map((text, i) => ({
    index: 0,
    text,
    generated: i + 1,
    ...(i === 0 && { started: { promptTokens: 9, cachedTokens: 4, queueMs: 0, prefillMs: 0 } }),
    ...(i === pieces.length - 1 && {
      finished: { reason, stop, usage, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } },
    }),
  }));
}

function written(events: readonly GenerationEvent[], options = OPTIONS): ServerSentEvent[] {
  const writer = new MessageEventWriter(ENVELOPE, 'id', options);
  return [...events.flatMap((event) => [...writer.write(event)]), ...writer.end()];
}

const dataOf = (events: readonly ServerSentEvent[]): object[] => events.map(({ data }) => data as object);

type Data = {
  type: string;
  index: number;
  content_block: AnswerBlock;
  delta: Record<string, string>;
  message: Message;
};

/** Which block has which deltas. */
const DELTAS: Record<AnswerBlock['type'], string[]> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};

/** Reads a stream as a state machine that takes no event out of its place; the message that it makes. */
function accepted(events: readonly ServerSentEvent[]): Message {
  let state: 'start' | 'between' | 'inside' | 'delta' | 'stop' = 'start';
  let message: Message | undefined;
  let input = '';
  for (const { event, data } of events as { event: string; data: Data }[]) {
    expect(data.type).toBe(event);
    const at = `${state}: ${event}`;
    const block = message?.content.at(-1);
    switch (at) {
      case 'start: message_start':
        message = { ...data.message, content: [...data.message.content] };
        state = 'between';
        break;
      case 'between: ping':
        break;
      case 'between: content_block_start':
        expect(data.index).toBe(message!.content.length);
        message!.content.push({ ...data.content_block });
        input = '';
        state = 'inside';
        break;
      case 'inside: content_block_delta': {
        expect(data.index).toBe(message!.content.length - 1);
        const { type, ...added } = data.delta;
        expect(DELTAS[block!.type]).toContain(type);
        if (type === 'input_json_delta') input += added.partial_json;
        if (block!.type === 'text') block!.text += added.text;
        if (type === 'thinking_delta' && block!.type === 'thinking') block!.thinking += added.thinking;
        break;
      }
      case 'inside: content_block_stop':
        expect(data.index).toBe(message!.content.length - 1);
        if (block!.type === 'tool_use' && isJson(input)) block!.input = JSON.parse(input) as object as never;
        state = 'between';
        break;
      case 'between: message_delta':
        Object.assign(message!, data.delta, { usage: (data as unknown as Message).usage });
        state = 'delta';
        break;
      case 'delta: message_stop':
        state = 'stop';
        break;
      default:
        throw new Error(`Out of its place: ${at}`);
    }
  }
  expect(state).toBe('stop');
  return message!;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe(MessageEventWriter, () => {
  it('writes thoughts, a text and a call, one block after the other', () => {
    const events = written(generated(['<think>Hm', '.</think>\n\n', 'Yes', '.\n', CALL.slice(0, 46), CALL.slice(46)]));
    const id = expect.stringMatching(/^toolu_\w{24}$/) as string;
    const usage = { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 0 };
    const message = { ...ENVELOPE, content: [], stop_reason: null, stop_sequence: null };
    const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
    expect(dataOf(events)).toEqual([
      { type: 'message_start', message: { ...message, usage: { ...usage, output_tokens: 1 } } },
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'thinking_delta', thinking: '.' }),
      delta(0, { type: 'signature_delta', signature: '' }),
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      delta(1, { type: 'text_delta', text: 'Yes' }),
      delta(1, { type: 'text_delta', text: '.\n' }),
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id, name: 'f', input: {} } },
      delta(2, { type: 'input_json_delta', partial_json: '{"a":"}' }),
      delta(2, { type: 'input_json_delta', partial_json: '"}' }),
      { type: 'content_block_stop', index: 2 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: { ...usage, output_tokens: 6 },
      },
      { type: 'message_stop' },
    ]);
  });

  it.each<[string, GenerationEvent[], object]>([
    ['end_turn', generated(['Yes.']), { stop_sequence: null }],
    ['max_tokens', generated(['Yes.'], 'length'), { stop_sequence: null }],
    ['stop_sequence', generated(['Yes'], 'stop', '.'), { stop_sequence: '.' }],
    ['max_tokens', generated([CALL.slice(0, -20)], 'length'), { stop_sequence: null }],
  ])('ends with %s', (stop_reason, events, fields) => {
    expect(accepted(written(events))).toMatchObject({ stop_reason, ...fields });
  });

  it('has no block for white space alone, and none for nothing', () => {
    expect(accepted(written(generated(['', ' \n', ''])))).toMatchObject({ content: [] });
    expect(accepted(written(generated([`${CALL}\n${CALL}\n`]))).content.map(({ type }) => type)).toEqual([
      'tool_use',
      'tool_use',
    ]);
    expect(accepted(written(generated(['\n', ' a', ' '])))).toMatchObject({
      content: [{ type: 'text', text: '\n a ' }],
    });
  });

  it('leaves the text of thoughts out where that is wanted', () => {
    const events = written(generated(['<think>Hm.</think>Yes.']), { form: FORM, omitsThoughts: true });
    expect(accepted(events).content).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'text', text: 'Yes.' },
    ]);
  });

  it('reports a fault as an event of its own', () => {
    const error = new AppError('Inside.', { code: 'x', status: 503, publicMessage: 'Again.' });
    expect(new MessageEventWriter(ENVELOPE, 'id', OPTIONS).fault(error)).toEqual({
      event: 'error',
      data: { type: 'error', error: { type: 'overloaded_error', message: 'Again.' }, request_id: 'id' },
    });
  });

  it('opens, fills and closes blocks in order, whatever the model writes and wherever it is cut, and as a whole answer has them', () => {
    const { trigger } = TOOL_FORMATS.hermes;
    const part = fc.oneof(
      fc.constantFrom('<think>', '</think>', trigger, CALL, `${CALL}\n`, '{"name": "f"', '\n', ' ', '"}}', 'é', '<'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 12 }),
        fc.constantFrom<FinishReason>('stop', 'length'),
        fc.constantFrom<AnswerForm>(FORM, { ...FORM, thinking: 'begun' }, { isTriggered: false, thinking: 'none' }),
        fc.boolean(),
        (parts, reason, form, omitsThoughts) => {
          const options = { form, omitsThoughts };
          const message = accepted(written(generated(parts, reason), options));
          const { blocks, calls } = readBlocks(parts.join(''), options);
          const ids = { id: expect.any(String) as string };
          const whole = blocks.map((block) => (block.type === 'tool_use' ? { ...block, ...ids } : block));
          expect(message.content.slice(0, whole.length)).toEqual(whole);
          // A call that is cut is begun in a stream.
          expect(message.content.slice(whole.length).map(({ type }) => type)).toEqual(
            message.content.length > whole.length ? ['tool_use'] : [],
          );
          expect(message.stop_reason).toBe(reason === 'length' ? 'max_tokens' : calls > 0 ? 'tool_use' : 'end_turn');
        },
      ),
      { numRuns: 500 },
    );
  });
});
