import { stripVTControlCharacters } from 'node:util';
import type { OutputStream, Region, Terminal } from './terminal.js';

/** Lines that are drawn in place, at the end of the terminal. The cursor stays visible, so that no exit has to bring it back. */
export class LiveRegion implements Region {
  private lines: readonly string[] = [];
  /** Widths of what is on the screen: a terminal that became narrower has wrapped it. */
  private drawn: number[] = [];

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

  /** Takes it off the screen, until it is drawn again. */
  clear(): void {
    if (this.drawn.length === 0) return;
    const columns = this.terminal.width(this.stream);
    const rows = this.drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    // To the first row, and all from there away; it ends with no line end, so that the cursor is on its last row.
    this.stream.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`);
    this.drawn = [];
  }

  redraw(): void {
    if (this.lines.length === 0) return;
    const columns = this.terminal.width(this.stream);
    const fitting = this.lines.map((line) => cut(line, columns - 1));
    this.stream.write(fitting.join('\n'));
    this.drawn = fitting.map((line) => stripVTControlCharacters(line).length);
  }

  /** Leaves the lines where they are; what comes next is below. */
  end(lines: readonly string[] = this.lines): void {
    this.draw(lines);
    if (lines.length > 0) this.stream.write('\n');
    this.lines = [];
    this.drawn = [];
    if (this.terminal.region === this) this.terminal.region = undefined;
  }
}

/** The beginning of a line that fits; colours are dropped where it does not. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}
