import { AppError } from '@frontier/errors';
import { type AnswerForm, type GenerationEvent, TOOL_FORMATS } from '@frontier/inference';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputItem } from './output-items.js';
import { begunResponse, type ResponseObject } from './response.object.js';
import { ResponseEventWriter } from './response-event.writer.js';
import { wholeResponse } from './whole-response.js';

const FAULT = new AppError('Inside.', { code: 'engine_error', status: 500, retryable: true, publicMessage: 'Again.' });
const FORM: AnswerForm = { tools: 'hermes', isTriggered: false, thinking: 'possible' };
const { trigger, open, between, close, next } = TOOL_FORMATS.hermes;

/** Events as they are sent. */
type Event = { type: string; sequence_number: number } & Record<string, never>;

/** Follows a stream of events, and fails where one comes that may not; the response that the last one has. */
function follow(events: readonly Event[]): ResponseObject {
  const items: OutputItem[] = [];
  let phase: 'created' | 'in_progress' | 'items' | 'over' = 'created';
  let part: { text: string } | undefined;
  let last: ResponseObject | undefined;
  for (const [i, event] of events.entries()) {
    expect(event.sequence_number).toBe(i);
    const { type, item_id, output_index, item, delta } = event as unknown as {
      type: string;
      item_id: string;
      output_index: number;
      item: OutputItem;
      delta: string;
    };
    expect(phase).not.toBe('over');
    if (item_id !== undefined) expect([item_id, output_index]).toEqual([items.at(-1)!.id, items.length - 1]);
    const current = items.at(-1) as OutputItem & { isDone?: boolean; given?: string };
    switch (type) {
      case 'response.created':
        expect(phase).toBe('created');
        phase = 'in_progress';
        break;
      case 'response.in_progress':
        expect(phase).toBe('in_progress');
        phase = 'items';
        break;
      case 'response.output_item.added':
        expect([phase, current?.isDone ?? true, output_index]).toEqual(['items', true, items.length]);
        items.push({ ...item });
        break;
      case 'response.content_part.added':
      case 'response.reasoning_summary_part.added':
        expect(part).toBeUndefined();
        expect(current.type).toBe(type.includes('content') ? 'message' : 'reasoning');
        part = { text: '' };
        break;
      case 'response.output_text.delta':
      case 'response.reasoning_summary_text.delta':
        part!.text += delta;
        break;
      case 'response.output_text.done':
      case 'response.reasoning_summary_text.done':
        expect((event as unknown as { text: string }).text).toBe(part!.text);
        break;
      case 'response.content_part.done':
      case 'response.reasoning_summary_part.done':
        expect((event as unknown as { part: { text: string } }).part.text).toBe(part!.text);
        part = undefined;
        break;
      case 'response.function_call_arguments.delta':
        expect(current.type).toBe('function_call');
        current.given = (current.given ?? '') + delta;
        break;
      case 'response.function_call_arguments.done':
        expect((event as unknown as { arguments: string }).arguments).toBe(current.given ?? '');
        break;
      case 'response.output_item.done':
        expect([part, current.isDone, item.id]).toEqual([undefined, undefined, current.id]);
        items[items.length - 1] = { ...item, isDone: true } as object as OutputItem;
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        last = (event as unknown as { response: ResponseObject }).response;
        expect(type).toBe(`response.${last.status}`);
        if (type !== 'response.failed') expect(items).toEqual(last.output.map((made) => ({ ...made, isDone: true })));
        phase = 'over';
        break;
      default:
        expect.unreachable(type);
    }
  }
  expect(phase).toBe('over');
  return last!;
}

const begun = begunResponse('resp_1', 'm', { input: 'x' });
const last = { usage: { promptTokens: 2, completionTokens: 3 }, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
const ids = /(call|msg|rs|fc)_\w+/g;

describe(ResponseEventWriter, () => {
  it('writes a stream of events in their order for any answer: thoughts, texts, calls, cut or failed anywhere; its response is that of the whole', () => {
    const call = fc.record({ name: fc.string({ minLength: 1 }), given: fc.dictionary(fc.string(), fc.jsonValue()) });
    const answers = fc.record({
      thought: fc.option(fc.string()),
      text: fc.constantFrom('', 'Yes.', 'a <b'),
      calls: fc.array(call, { maxLength: 3 }),
    });
    const ends = fc.constantFrom('stop', 'length', 'fault');
    fc.assert(
      fc.property(
        answers,
        ends,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.nat({ max: 12 }), { minLength: 1 }),
        ({ thought, text, calls }, end, share, sizes) => {
          const thoughts = thought === null || thought.includes('<') ? '' : `<think>${thought}</think>`;
          const made = calls.map(({ name, given }) => JSON.stringify(name) + between + JSON.stringify(given));
          const whole = thoughts + text + (made.length > 0 ? trigger + open + made.join(next) + close : '');
          const answer = end === 'stop' ? whole : whole.slice(0, Math.floor(share * whole.length));
          let items: readonly OutputItem[] = [];
          const writer = new ResponseEventWriter(begun, {
            form: FORM,
            withLogprobs: false,
            onItems: (all) => (items = all),
          });
          const events: Event[] = [];
          const send = (event: GenerationEvent): void => {
            for (const { data } of writer.write(event)) events.push(structuredClone(data) as Event);
          };
          let at = 0;
          for (let i = 0; at < answer.length; i++) {
            const size = sizes[i % sizes.length] + 1;
            send({ index: 0, text: answer.slice(at, at + size), generated: i });
            at += size;
          }
          if (end === 'fault') {
            if (events.length === 0) return;
            events.push(writer.fault(FAULT).data as Event);
            expect(follow(events).error).toEqual({ code: 'engine_error', message: 'Again.' });
            return;
          }
          const finished = { ...last, reason: end } as GenerationEvent['finished'];
          send({ index: 0, text: '', generated: 3, finished });
          const streamed = follow(events);
          expect(items).toEqual(streamed.output);
          const completion = {
            choices: [{ text: answer, finishReason: end, logprobs: [] }],
            usage: last.usage,
          } as never;
          const atOnce = wholeResponse(begun, completion, { form: FORM, withLogprobs: false });
          expect(JSON.stringify(streamed).replaceAll(ids, '')).toBe(JSON.stringify(atOnce).replaceAll(ids, ''));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
