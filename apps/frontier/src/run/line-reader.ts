import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { OutputStream } from '../terminal/terminal.js';

/** Lines closer together than this are pasted, not typed. */
const PASTE_MS = 30;
const FENCE = '"""';

/** Events at the prompt beside a message. */
interface LineEvents {
  /** Ctrl-C; `isEmpty`: nothing was typed. */
  onInterrupt(isEmpty: boolean): void;
}

/** An entered message. */
export interface WrittenMessage {
  text: string;
  /** True for one typed line; pastes and `"""` blocks are never commands. */
  isLine: boolean;
}

/** Reads typed messages: lines, pastes of several lines, and blocks between two `"""`. Typing is not echoed during an answer. */
export class LineReader {
  private readonly reader: Interface;
  private readonly lines: string[] = [];
  private isMuted = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;
  private waiting: ((message: WrittenMessage | undefined) => void) | undefined;

  constructor(
    input: NodeJS.ReadableStream,
    private readonly output: OutputStream,
    events: LineEvents,
  ) {
    const shown = new Writable({
      write: (chunk: Buffer, _, done) => {
        if (!this.isMuted) output.write(chunk.toString());
        done();
      },
    });
    Object.defineProperty(shown, 'columns', { get: () => output.columns });
    this.reader = createInterface({ input, output: shown, terminal: true, prompt: '> ' });
    this.reader.on('line', (line) => this.take(line));
    this.reader.on('SIGINT', () => {
      const isEmpty = this.reader.line === '' && this.lines.length === 0;
      this.forget();
      events.onInterrupt(isEmpty);
    });
    this.reader.on('close', () => {
      this.isClosed = true;
      this.waiting?.(undefined);
    });
  }

  /** The next message; undefined at the end of the input (Ctrl-D). */
  async next(): Promise<WrittenMessage | undefined> {
    if (this.isClosed) return undefined;
    this.isMuted = false;
    this.reader.prompt();
    const { promise, resolve } = Promise.withResolvers<WrittenMessage | undefined>();
    this.waiting = resolve;
    // Lines that arrived during an answer.
    if (this.lines.length > 0) this.wait();
    const message = await promise;
    this.waiting = undefined;
    this.isMuted = true;
    return message;
  }

  /** Shows the prompt again, after other output. */
  prompt(): void {
    if (!this.isMuted && !this.isClosed) this.reader.prompt();
  }

  close(): void {
    this.reader.close();
  }

  private take(line: string): void {
    this.lines.push(line);
    this.wait();
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), PASTE_MS);
  }

  private settle(): void {
    // The last line of a paste has no end yet, or its block is open.
    if (!this.waiting || this.reader.line !== '') return;
    const text = this.lines.join('\n');
    const isBlock = text.trimStart().startsWith(FENCE);
    const isOpen = isBlock && !/^\s*"""[^]*"""\s*$/.test(text);
    if (isOpen) {
      this.output.write('… ');
      return;
    }
    const isLine = this.lines.length === 1 && !isBlock;
    this.lines.length = 0;
    this.waiting({ text: text.replace(/^\s*"""\n?|\n?"""\s*$/g, ''), isLine });
  }

  /** Drops the typed text. */
  private forget(): void {
    clearTimeout(this.timer);
    this.lines.length = 0;
    Object.assign(this.reader, { line: '', cursor: 0 });
  }
}
