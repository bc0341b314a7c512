import { type AnswerForm, TOOL_FORMATS, type ToolFormat, type ToolFormatName } from '@frontier/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer } from './answer.js';
import type { AnswerEvent } from './answer-event.js';
import { AnswerReader } from './answer-reader.js';

const HERMES: AnswerForm = { tools: 'hermes', isTriggered: false, thinking: 'possible' };
const CALL = '<tool_call>\n{"name": "f", "arguments": {"a":"}\\"]"}}\n</tool_call>';

/** Calls as a format has them. */
function written({ trigger, open, between, close, next }: ToolFormat, calls: [name: string, given: object][]): string {
  const texts = calls.map(([name, given]) => `${JSON.stringify(name)}${between}${JSON.stringify(given)}`);
  return trigger + open + texts.join(next ?? '') + close;
}

/** Pieces of a text. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

describe(AnswerReader, () => {
  it.each<[string, string, AnswerForm, object]>([
    ['a text', 'Hello <b>', HERMES, { text: 'Hello <b>' }],
    ['a call', CALL, HERMES, { calls: [{ name: 'f', arguments: '{"a":"}\\"]"}' }] }],
    ['text before a call', `Let me see.\n${CALL}`, HERMES, { text: 'Let me see.\n', calls: [{ name: 'f' }] }],
    ['white space before a call', `\n\n${CALL}`, HERMES, { text: '', calls: [{ name: 'f' }] }],
    ['a call that is cut', CALL.slice(0, -20), HERMES, { text: '', calls: [] }],
    ['what looks like a mark', 'a <tool_', HERMES, { text: 'a <tool_' }],
    ['a mark that begins no call', '<tool_call>\nno', HERMES, { text: '<tool_call>\nno' }],
    ['marks where there are no tools', CALL, { isTriggered: false, thinking: 'none' }, { text: CALL }],
    ['thoughts', '<think>\nHm.\n</think>\n\nYes.', HERMES, { reasoning: 'Hm.\n', text: 'Yes.' }],
    [
      'thoughts and a call',
      `<think>Hm.</think>\n${CALL}`,
      HERMES,
      { reasoning: 'Hm.', text: '', calls: [{ name: 'f' }] },
    ],
    [
      'thoughts that have begun',
      'Hm.</think>Yes.',
      { isTriggered: false, thinking: 'begun' },
      { reasoning: 'Hm.', text: 'Yes.' },
    ],
    ['thoughts that are cut', '<think>Hm', HERMES, { reasoning: 'Hm', text: '' }],
    ['thoughts behind a text', 'So <think>Hm</think>', HERMES, { reasoning: '', text: 'So <think>Hm</think>' }],
    [
      'a call that the prompt has begun',
      CALL.slice('<tool_call>'.length),
      { ...HERMES, isTriggered: true, thinking: 'none' },
      { text: '', calls: [{ name: 'f' }] },
    ],
    [
      'white space before a call of Llama as text',
      ' {"name": "f", "parameters": {}}',
      { ...HERMES, tools: 'llama' },
      { text: ' {"name": "f", "parameters": {}}' },
    ],
    [
      'a name that is no JSON',
      '{"name": "\\q", "parameters": {}}',
      { ...HERMES, tools: 'llama' },
      { text: '{"name": "\\q", "parameters": {}}' },
    ],
    [
      'a space behind a trigger',
      '[TOOL_CALLS] [{"name": "f", "arguments": {}}]',
      { ...HERMES, tools: 'mistral' },
      { text: '', calls: [{ name: 'f' }] },
    ],
    ['braces that are no call of Llama', '{"name": 1}', { ...HERMES, tools: 'llama' }, { text: '{"name": 1}' }],
  ])('reads %s', (_, text, form, expected) => {
    const answer = readAnswer(text, form);
    expect(answer).toMatchObject(expected);
    expect(answer.calls).toHaveLength((expected as { calls?: object[] }).calls?.length ?? 0);
  });

  it('takes long white space for a text, in any pieces', () => {
    const text = `${' \n'.repeat(20_000)}${CALL}`;
    const whole = readAnswer(text, HERMES);
    const reader = new AnswerReader(HERMES);
    let pieces = '';
    for (let at = 0; at < text.length; at += 3) {
      for (const event of reader.push(text.slice(at, at + 3))) if (event.type === 'text') pieces += event.text;
    }
    expect([pieces, reader.callCount]).toEqual([whole.text, 1]);
    expect(whole.text).toHaveLength(40_000);
  });

  it('reads the same in any pieces: text, thoughts, and calls of all formats', () => {
    const names = fc.oneof(
      fc.constantFrom('<tool_call>', '</tool_call>', '"}', '[TOOL_CALLS]', 'é'),
      fc.string({ minLength: 1 }),
    );
    const calls = fc.array(fc.tuple(names, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })), {
      maxLength: 4,
    });
    const texts = fc.constantFrom('', 'So:', 'a < b', 'I <tool', ' x ');
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(TOOL_FORMATS) as ToolFormatName[])),
        texts,
        fc.boolean(),
        calls,
        fc.array(fc.nat(), { maxLength: 30 }),
        (name, said, thinks, some, places) => {
          const format: ToolFormat = TOOL_FORMATS[name];
          const made = format.next === undefined ? some.slice(0, 1) : some;
          const isBare = format.isAtStart && made.length > 0;
          const before = isBare ? '' : said;
          const thought = thinks && !isBare;
          const text = `${thought ? '<think>Well, {.</think>' : ''}${before}${made.length > 0 ? written(format, made) : ''}`;
          const reader = new AnswerReader({ tools: name, isTriggered: false, thinking: 'possible' });
          const events = [...cut(text, places).flatMap((piece) => reader.push(piece)), ...reader.end()];
          const joined = (type: 'text' | 'reasoning'): string =>
            events.map((event) => (event.type === type ? event.text : '')).join('');
          expect(joined('reasoning')).toBe(thought ? 'Well, {.' : '');
          expect(joined('text').trim()).toBe(before.trim());
          expect(callsOf(events)).toEqual(made.map(([called, given]) => [called, JSON.stringify(given)]));
          expect(reader.callCount).toBe(made.length);
          expect(new Set(events.flatMap((event) => (event.type === 'call' ? [event.id] : []))).size).toBe(made.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a text that the engine has not held to the format', () => {
  it('is read the same in any pieces', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '<think>',
        '</think>',
        '<tool_call>',
        '</tool_call>',
        CALL,
        '[TOOL_CALLS]',
        '{"name": "f"',
        '"}}',
      ),
      fc.constantFrom(' ', '\n', '[', '<', ', {"name": "f", "arguments": {}}'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(TOOL_FORMATS) as ToolFormatName[])),
        fc.array(part, { maxLength: 10 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (tools, parts, places) => {
          const form: AnswerForm = { tools, isTriggered: false, thinking: 'possible' };
          const reader = new AnswerReader(form);
          const events = [...cut(parts.join(''), places).flatMap((piece) => reader.push(piece)), ...reader.end()];
          const joined = (type: 'text' | 'reasoning'): string =>
            events.map((event) => (event.type === type ? event.text : '')).join('');
          const { text, reasoning, calls } = readAnswer(parts.join(''), form);
          expect([joined('text'), joined('reasoning'), reader.callCount]).toEqual([text, reasoning, calls.length]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** The calls of some events: each begins, has arguments and ends before the next one. */
function callsOf(events: readonly AnswerEvent[]): [string, string][] {
  const calls: [string, string][] = [];
  let isOpen = false;
  for (const event of events) {
    if (event.type === 'text' || event.type === 'reasoning') continue;
    expect(event.call).toBe(event.type === 'call' ? calls.length : calls.length - 1);
    expect(isOpen).toBe(event.type !== 'call');
    if (event.type === 'call') calls.push([event.name, '']);
    if (event.type === 'arguments') calls.at(-1)![1] += event.text;
    isOpen = event.type !== 'call_end';
  }
  return calls;
}
