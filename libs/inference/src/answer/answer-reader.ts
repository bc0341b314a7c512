import { randomBytes } from 'node:crypto';
import { type AnswerForm, TOOL_FORMATS, type ToolFormat } from '@frontier/engine';
import type { AnswerEvent } from './answer-event.js';
import { atFirstMark } from './first-mark.js';
import { JsonObjectEnd } from './json-object-end.js';

/** The marks around what a model thinks. */
export const THOUGHT_MARKS = ['<think>', '</think>'] as const;
const [BEGIN_OF_THOUGHT, END_OF_THOUGHT] = THOUGHT_MARKS;

/** Characters of white space before an answer that may be none of it. */
const MAX_BLANK = 1000;

type Place =
  'beginning' | 'before reasoning' | 'reasoning' | 'behind reasoning' | 'text' | 'name' | 'arguments' | 'end of call';

/**
 * Reads the text of an answer, piece by piece, as its parts. A text that may be the beginning of a mark is held back until that is
 * decided. The engine keeps calls to their format; where it does not, they are text.
 */
export class AnswerReader {
  private readonly format: ToolFormat | undefined;
  private place: Place;
  private held = '';
  /** Calls that ended. */
  private calls = 0;
  /** The text before the name of the next call. */
  private beforeName = '';
  private objectEnd = new JsonObjectEnd();
  /** True until the answer has a text that is more than white space. */
  private isBlank = true;
  /** True until the answer has any part. */
  private isAtStart = true;

  constructor(form: AnswerForm) {
    this.format = form.tools && TOOL_FORMATS[form.tools];
    this.place = ({ begun: 'before reasoning', possible: 'beginning', none: 'text' } as const)[form.thinking];
    if (form.isTriggered && this.format) this.beginCalls(this.format);
  }

  /** Calls that are complete. */
  get callCount(): number {
    return this.calls;
  }

  /** The parts that are known with another piece of the text. */
  push(text: string): AnswerEvent[] {
    this.held += text;
    const events: AnswerEvent[] = [];
    while (this.step(events));
    return events;
  }

  /** The parts that are left when the answer ends. A call that was cut has no end. */
  end(): AnswerEvent[] {
    const events: AnswerEvent[] = [];
    if (this.place === 'reasoning') this.emit(events, 'reasoning', this.held);
    else if (!['name', 'arguments', 'end of call'].includes(this.place)) this.emit(events, 'text', this.held);
    this.held = '';
    return events;
  }

  /** Takes what it can of the held text; false where more must come first. */
  private step(events: AnswerEvent[]): boolean {
    switch (this.place) {
      case 'beginning':
        return this.takeBeginning();
      case 'reasoning':
        return this.takeReasoning(events);
      case 'before reasoning':
        return this.takeSpace('reasoning');
      case 'behind reasoning':
        return this.takeSpace('text');
      case 'text':
        return this.takeText(events);
      case 'name':
        return this.takeName(events);
      case 'arguments':
        return this.takeArguments(events);
      case 'end of call':
        return this.takeEndOfCall();
    }
  }

  private takeBeginning(): boolean {
    const text = this.held.trimStart();
    if (this.held.length - text.length > MAX_BLANK) {
      this.place = 'text';
      return true;
    }
    if (text.startsWith(BEGIN_OF_THOUGHT)) {
      this.held = text.slice(BEGIN_OF_THOUGHT.length);
      this.isAtStart = false;
      this.place = 'before reasoning';
      return true;
    }
    if (BEGIN_OF_THOUGHT.startsWith(text)) return false;
    this.place = 'text';
    return true;
  }

  private takeReasoning(events: AnswerEvent[]): boolean {
    const trigger = this.format && !this.format.isAtStart ? [this.format.trigger] : [];
    const { before, mark, rest } = atFirstMark(this.held, [END_OF_THOUGHT, ...trigger]);
    this.emit(events, 'reasoning', before);
    this.held = rest;
    if (mark === undefined) return false;
    if (mark === END_OF_THOUGHT) this.place = 'behind reasoning';
    else this.beginCalls(this.format!);
    return true;
  }

  private takeSpace(next: Place): boolean {
    this.held = this.held.trimStart();
    if (this.held === '') return false;
    this.place = next;
    return true;
  }

  private takeText(events: AnswerEvent[]): boolean {
    const { format, held } = this;
    if (!format || (format.isAtStart && !this.isAtStart)) {
      this.writeAsText(events);
      return false;
    }
    if (format.isAtStart && !held.startsWith(format.trigger)) {
      if (!format.trigger.startsWith(held)) this.writeAsText(events);
      return false;
    }
    const { before, mark, rest } = atFirstMark(held, [format.trigger]);
    // White space before a call is no text.
    const isSpace = this.isBlank && before.length <= MAX_BLANK && before.trim() === '';
    if (mark === undefined && isSpace) return false;
    if (!isSpace) this.emit(events, 'text', before);
    this.held = rest;
    if (mark === undefined) return false;
    this.beginCalls(format);
    return true;
  }

  private beginCalls({ open }: ToolFormat): void {
    this.beforeName = open;
    this.place = 'name';
  }

  private takeName(events: AnswerEvent[]): boolean {
    const { beforeName } = this;
    const { trigger, between } = this.format!;
    // Some models put a space behind the trigger.
    const held = beforeName.startsWith('[') ? this.held.replace(/^ /, '') : this.held;
    const [name] = /^"(?:[^"\\]|\\.)*"/.exec(held.slice(beforeName.length)) ?? [];
    const head = beforeName + (name === undefined ? '"' : name + between);
    const called = name === undefined ? undefined : parsedName(name);
    if (called !== undefined && held.startsWith(head)) {
      this.held = held.slice(head.length);
      this.objectEnd = new JsonObjectEnd();
      this.place = 'arguments';
      events.push({ type: 'call', call: this.calls, id: newCallId(), name: called });
      return true;
    }
    const isOpen = head.startsWith(held) || (name === undefined && held.startsWith(head));
    if (isOpen && (name === undefined || called !== undefined)) return false;
    this.emit(events, 'text', trigger);
    this.place = 'text';
    return true;
  }

  private takeArguments(events: AnswerEvent[]): boolean {
    const end = this.objectEnd.find(this.held);
    const text = this.held.slice(0, end);
    this.held = this.held.slice(text.length);
    if (text !== '') events.push({ type: 'arguments', call: this.calls, text });
    if (end === undefined) return false;
    events.push({ type: 'call_end', call: this.calls++ });
    this.place = 'end of call';
    return true;
  }

  private takeEndOfCall(): boolean {
    const { held } = this;
    const { next, close } = this.format!;
    if (next !== undefined && held.startsWith(next)) {
      this.held = held.slice(next.length);
      this.beforeName = '';
      this.place = 'name';
      return true;
    }
    // The end of a call may be the beginning of another one; at the end of the answer, it was not.
    if (close.startsWith(held) || next?.startsWith(held)) return false;
    this.held = held.startsWith(close) ? held.slice(close.length) : held;
    this.place = 'text';
    return this.held !== '';
  }

  /** Makes everything that is held a text, and what follows. */
  private writeAsText(events: AnswerEvent[]): void {
    this.emit(events, 'text', this.held);
    this.held = '';
    this.place = 'text';
  }

  private emit(events: AnswerEvent[], type: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    this.isAtStart = false;
    if (type === 'text') this.isBlank &&= text.length <= MAX_BLANK && text.trim() === '';
    events.push({ type, text });
  }
}

/** The name that a text of JSON is; `undefined` where it is none. */
function parsedName(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function newCallId(): string {
  return `call_${randomBytes(12).toString('hex')}`;
}
