import { stripVTControlCharacters } from 'node:util';
import type { OutputStream, Region, Terminal } from './terminal.js';

/**
 * Lines that are drawn in place, at the end of the terminal. The cursor stays visible, so that no exit has to bring it back. With `NO_COLOR` no escape
 * byte is written: one line is overwritten, and of several those that have changed are written again in the end.
 */
export class LiveRegion implements Region {
  private lines: readonly string[] = [];
  /** Widths of the lines on the screen: a terminal that became narrower has wrapped them. */
  private drawn: number[] = [];
  /** Lines that cannot be removed again, for want of escape sequences. */
  private written: readonly string[] | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly stream: OutputStream,
  ) {
    terminal.region = this;
  }

  draw(lines: readonly string[]): void {
    this.clear();
    this.lines = lines;
    this.redraw();
  }

  clear(): void {
    if (this.drawn.length === 0) return;
    const columns = this.terminal.width(this.stream);
    const rows = this.drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    // It ends without a line end, so that the cursor is on its last row.
    if (this.terminal.usesEscapes) this.stream.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`);
    else this.stream.write(`\r${' '.repeat(Math.min(this.drawn[0], columns - 1))}\r`);
    this.drawn = [];
  }

  redraw(): void {
    if (this.lines.length === 0) return;
    if (this.lines.length > 1 && !this.terminal.usesEscapes) return this.writeOnce(this.lines);
    const columns = this.terminal.width(this.stream);
    const fitting = this.lines.map((line) => cut(line, columns - 1));
    this.stream.write(fitting.join('\n'));
    this.drawn = fitting.map((line) => stripVTControlCharacters(line).length);
  }

  end(lines: readonly string[] = this.lines): void {
    const before = this.written;
    this.draw(lines);
    if (before)
      this.stream.write(
        lines
          .filter((line) => !before.includes(line))
          .map((line) => `${line}\n`)
          .join(''),
      );
    else if (this.drawn.length > 0) this.stream.write('\n');
    this.lines = [];
    this.drawn = [];
    if (this.terminal.region === this) this.terminal.region = undefined;
  }

  private writeOnce(lines: readonly string[]): void {
    if (this.written) return;
    this.written = lines;
    this.stream.write(`${lines.join('\n')}\n`);
  }
}

/** The beginning of a line that fits; colours are dropped where it does not. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}
