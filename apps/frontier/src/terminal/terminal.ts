import { styleText } from 'node:util';
import { printable } from '../text/printable.js';

type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

/** Where output goes; the process has two of these. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Lines that are drawn in place. */
export interface Region {
  /** Takes them off the screen, until they are drawn again. */
  clear(): void;
  redraw(): void;
  /** Leaves these lines where they are. */
  end(lines?: readonly string[]): void;
}

export interface TerminalOptions {
  json?: boolean;
  quiet?: boolean;
  color?: boolean;
}

interface TerminalStreams {
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_COLUMNS = 80;

/** The two streams of a command: the standard output has its result, the standard error all else. */
export class Terminal {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** The region that is redrawn in place; other lines are written above it. */
  region: Region | undefined;
  private readonly streams: TerminalStreams;
  private readonly wantsColor: boolean;

  constructor({ json = false, quiet = false, color = true }: TerminalOptions, streams: TerminalStreams = process) {
    this.streams = streams;
    this.isJson = json;
    this.isQuiet = quiet;
    const { NO_COLOR, TERM } = streams.env;
    this.wantsColor = color && !NO_COLOR && TERM !== 'dumb';
  }

  get stdout(): OutputStream {
    return this.streams.stdout;
  }

  get stderr(): OutputStream {
    return this.streams.stderr;
  }

  /** True where questions can be asked. */
  get canAsk(): boolean {
    return this.streams.stdin.isTTY === true && this.streams.stderr.isTTY === true;
  }

  /** Whether lines can be drawn in place; never where output is for machines. */
  canRedraw(stream: OutputStream): boolean {
    return stream.isTTY === true && this.streams.env.TERM !== 'dumb' && !this.isJson;
  }

  /** Whether escape sequences may be written: none with `NO_COLOR`. */
  get usesEscapes(): boolean {
    return !this.streams.env.NO_COLOR;
  }

  /** Whether the terminal shows more than ASCII. */
  get isUnicode(): boolean {
    const { LC_ALL, LC_CTYPE, LANG } = this.streams.env;
    const locale = LC_ALL || LC_CTYPE || LANG;
    return process.platform === 'win32' || (locale !== undefined && /utf-?8/i.test(locale));
  }

  /** Characters of a line. */
  width(stream: OutputStream): number {
    return stream.columns || DEFAULT_COLUMNS;
  }

  /** A text in a colour, where the stream shows colours. */
  styled(style: Style, text: string, stream: OutputStream = this.stdout): string {
    return stream.isTTY === true && this.wantsColor ? styleText(style, text, { validateStream: false }) : text;
  }

  /** The result, a line or several. */
  print(text: string): void {
    this.above(() => this.stdout.write(`${text}\n`));
  }

  /** The result for machines, in one line. */
  printJson(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Progress or a hint; not with `--quiet` or `--json`. */
  note(text: string): void {
    if (!this.isQuiet && !this.isJson) this.above(() => this.stderr.write(`${text}\n`));
  }

  warn(text: string): void {
    this.labelled(this.styled('yellow', 'warning:', this.stderr), text);
  }

  /** An error that does not end the command. */
  fail(text: string): void {
    this.labelled(this.styled('red', 'error:', this.stderr), text);
  }

  private labelled(label: string, text: string): void {
    this.above(() => this.stderr.write(`${label} ${printable(text)}\n`));
  }

  /** Writes lines above the region. */
  above(write: () => void): void {
    this.region?.clear();
    write();
    this.region?.redraw();
  }
}
