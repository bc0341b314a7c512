import type { Answer } from './answer.js';
import { type Doubt, doubtOf } from './token.js';

/** Text is written so often at most: 30 times a second look as smooth as 60, and cost half. */
const WRITE_EVERY_MS = 34;

/**
 * Writes an answer's text into an element as it comes. Doubtful tokens are elements, all else is text nodes that grow; fences of code
 * have an element of their own.
 */
export class TextWriter {
  private written = 0;
  private token = 0;
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

  /** The first token at once, then in the rhythm; nothing while the page is hidden. */
  private readonly schedule = (): void => {
    if (this.timer !== undefined || document.visibilityState === 'hidden') return;
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
    // A fence that began or ended moves what comes after it: all is written anew.
    if (fences.length !== this.fences) this.restart();
    this.fences = fences.length;
    for (const fence of [...fences, Infinity]) {
      const end = Math.min(fence, text.length);
      if (end > this.written) this.append(end);
      if (fence === this.written && fence !== Infinity) this.toggleFence();
    }
    this.onWrite();
  }

  private restart(): void {
    this.element.replaceChildren();
    this.container = this.element;
    this.written = 0;
    this.token = 0;
  }

  private toggleFence(): void {
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
    let plain = this.written;
    const appendPlain = (): void => {
      if (this.written > plain) this.appendText(text.slice(plain, this.written));
    };
    for (; this.token < tokens.length && tokens[this.token].start < end; this.token += 1) {
      const token = tokens[this.token];
      const doubt = doubtOf(token.logprob);
      if (doubt !== 'none' && token.end > token.start && token.end <= end) {
        // A space before a word would be underlined at the end of the line before.
        const inked = text.slice(token.start, token.end).trimStart();
        this.written = token.end - inked.length;
        appendPlain();
        if (inked !== '') this.appendDoubtful(inked, doubt);
        plain = token.end;
      }
      this.written = Math.min(end, token.end);
      if (token.end > end) break;
    }
    this.written = end;
    appendPlain();
  }

  private appendText(text: string): void {
    const { lastChild } = this.container;
    if (lastChild instanceof Text) lastChild.appendData(text);
    else this.container.append(text);
  }

  private appendDoubtful(text: string, doubt: Doubt): void {
    const span = document.createElement('span');
    span.className = `doubt doubt-${doubt}`;
    span.textContent = text;
    this.container.append(span);
  }
}

/** Where fences of code begin and end in a text: at the three marks that open, after the line of the three that close. */
export function fencesOf(text: string): number[] {
  const places: number[] = [];
  for (const match of text.matchAll(/^```.*\n?/gm)) {
    places.push(places.length % 2 === 0 ? match.index : match.index + match[0].length);
  }
  return places;
}
