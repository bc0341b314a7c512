import type { Answer } from './answer.js';
import { type Doubt, doubtOf } from './token.js';

/** Least time between two writes: 30 a second look as smooth as 60, and cost half. */
const WRITE_EVERY_MS = 34;

/**
 * Writes an answer's text into an element as it comes. Doubtful tokens are elements, all else is text nodes that grow; fences of code
 * have an element of their own.
 */
export class TextWriter {
  private written = 0;
  private token = 0;
  /** Fences that are applied. */
  private fences = 0;
  private container: HTMLElement;
  private lastWriteAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly answer: Answer,
    private readonly onWrite: () => void,
  ) {
    this.container = element;
    answer.onPiece = () => this.schedule();
    document.addEventListener('visibilitychange', this.schedule);
    this.write();
  }

  close(): void {
    clearTimeout(this.timer);
    this.answer.onPiece = undefined;
    document.removeEventListener('visibilitychange', this.schedule);
  }

  /** The first token and the end at once, else in the rhythm; nothing while the page is hidden. */
  private readonly schedule = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (!this.answer.isRunning) return this.write();
    if (this.timer !== undefined) return;
    const waitMs = this.lastWriteAt + WRITE_EVERY_MS - performance.now();
    if (waitMs <= 0) return this.write();
    this.timer = setTimeout(() => this.write(), waitMs);
  };

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { text } = this.answer;
    if (text.length === this.written) return;
    this.lastWriteAt = performance.now();
    const fences = fencesOf(text);
    // Marks of a fence that begins may have been written as text: all is written anew.
    if (fences.length !== this.fences) this.restart();
    for (const fence of fences.slice(this.fences)) {
      this.append(fence);
      this.toggleFence();
    }
    this.append(text.length);
    this.onWrite();
  }

  private restart(): void {
    this.element.replaceChildren();
    this.container = this.element;
    this.written = 0;
    this.token = 0;
    this.fences = 0;
  }

  private toggleFence(): void {
    this.fences += 1;
    if (this.container !== this.element) {
      this.container = this.element;
      return;
    }
    this.container = document.createElement('code');
    this.element.append(this.container);
  }

  /** Appends the text up to an offset: doubtful tokens one by one, all between them at once. */
  private append(end: number): void {
    const { text, tokens } = this.answer;
    for (; this.token < tokens.length && tokens[this.token].end <= end; this.token += 1) {
      const token = tokens[this.token];
      const doubt = doubtOf(token.logprob);
      if (doubt === 'none') continue;
      // A space before a word would be underlined at the end of the line before.
      const inked = text.slice(Math.max(token.start, this.written), token.end).trimStart();
      if (inked === '') continue;
      this.appendPlain(token.end - inked.length);
      this.appendDoubtful(inked, doubt);
    }
    this.appendPlain(end);
  }

  private appendPlain(end: number): void {
    const text = this.answer.text.slice(this.written, end);
    if (text === '') return;
    this.written = end;
    const { lastChild } = this.container;
    if (lastChild instanceof Text) lastChild.appendData(text);
    else this.container.append(text);
  }

  private appendDoubtful(text: string, doubt: Doubt): void {
    const span = document.createElement('span');
    span.className = `doubt doubt-${doubt}`;
    span.textContent = text;
    this.container.append(span);
    this.written += text.length;
  }
}

/**
 * Positions of code fences in a text: the start of each opening fence, and the end of each closing fence's line. A closing fence counts once
 * its line has ended, so that positions do not move as the text grows.
 */
export function fencesOf(text: string): number[] {
  const places: number[] = [];
  for (const match of text.matchAll(/^```[^\n]*\n?/gm)) {
    if (places.length % 2 === 0) places.push(match.index);
    else if (match[0].endsWith('\n')) places.push(match.index + match[0].length);
  }
  return places;
}
