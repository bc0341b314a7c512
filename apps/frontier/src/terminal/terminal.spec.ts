import { beforeEach, describe, expect, it } from 'vitest';
import { LiveRegion } from './live-region.js';
import { tableLines } from './table.js';
import { Terminal, type TerminalOptions } from './terminal.js';
import { printable } from '../text/printable.js';

class Screen {
  text = '';
  isTTY = true;
  columns = 60;
  write(text: string): void {
    this.text += text;
  }
}

let stdout: Screen;
let stderr: Screen;
const open = (options: TerminalOptions = {}, env: Record<string, string> = { LANG: 'C.UTF-8' }): Terminal =>
  new Terminal(options, { stdout, stderr, stdin: {}, env });
beforeEach(() => {
  stdout = new Screen();
  stderr = new Screen();
});

describe(Terminal, () => {
  it.each<[string, TerminalOptions, Record<string, string>, boolean]>([
    ['a terminal', {}, {}, true],
    ['--no-color', { color: false }, {}, false],
    ['NO_COLOR', {}, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', {}, { NO_COLOR: '' }, true],
    ['TERM=dumb', {}, { TERM: 'dumb' }, false],
  ])('has colours with %s or not', (_, options, env, isColored) => {
    expect(open(options, env).styled('red', 'x').includes('\u001b')).toBe(isColored);
  });

  it('has colours on each stream by itself', () => {
    stdout.isTTY = false;
    const terminal = open();
    expect(terminal.styled('red', 'x')).toBe('x');
    expect(terminal.styled('red', 'x', stderr)).not.toBe('x');
  });

  it('lets no text of others move the cursor', () => {
    expect(printable('a\u001b[2Jb\rc\u202ed\nä…')).toBe('abcd\nä…');
  });
});

describe(LiveRegion, () => {
  it('is taken away for lines above it, and comes back', () => {
    const terminal = open();
    const region = new LiveRegion(terminal, stderr);
    region.draw(['one', 'two']);
    terminal.print('a result');
    region.end(['three']);
    expect(stdout.text).toBe('a result\n');
    expect(stderr.text).toBe('one\ntwo\r\u001b[1A\u001b[Jone\ntwo\r\u001b[1A\u001b[Jthree\n');
  });

  it('knows how many rows a line takes after the terminal became narrower', () => {
    const region = new LiveRegion(open(), stderr);
    region.draw(['x'.repeat(50)]);
    stderr.columns = 20;
    stderr.text = '';
    region.draw(['y'.repeat(50)]);
    expect(stderr.text).toBe(`\r\u001b[2A\u001b[J${'y'.repeat(19)}`);
  });

  it('has no escape byte with NO_COLOR', () => {
    const terminal = open({}, { NO_COLOR: '1' });
    const bar = new LiveRegion(terminal, stderr);
    bar.draw(['long line']);
    bar.draw(['short']);
    bar.end();
    expect(stderr.text).toBe('long line\r         \rshort\r     \rshort\n');
    stderr.text = '';
    const banner = new LiveRegion(terminal, stderr);
    banner.draw(['title', 'loading']);
    banner.draw(['title', 'almost']);
    banner.end(['title', 'ready']);
    expect(stderr.text).toBe('title\nloading\nready\n');
  });
});

describe(tableLines, () => {
  it('has a line for each row, without what others have put into a cell', () => {
    const rows = [['a\nforged  row\u001b[31m', 'ready']];
    expect(tableLines(['NAME', 'STATUS'], rows, { paint: (cell, i) => (i === 1 ? `<${cell}>` : cell) })).toEqual([
      'NAME           STATUS',
      'a forged  row  <ready>',
    ]);
  });

  it('aligns columns, numbers at their ends', () => {
    expect(
      tableLines(
        ['NAME', 'RPM'],
        [
          ['a', '1,000'],
          ['long', '7'],
        ],
        { right: [1] },
      ),
    ).toEqual(['NAME    RPM', 'a     1,000', 'long      7']);
  });
});
