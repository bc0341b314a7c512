import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteProgress } from './byte-progress.js';
import { LiveRegion } from './live-region.js';
import { tableLines } from './table.js';
import { printable, Terminal, type TerminalOptions } from './terminal.js';

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

describe(ByteProgress, () => {
  it('ends at 100 % only where all was checked', () => {
    const progress = new ByteProgress(open(), 'pull');
    progress.update(10, 10, 'a');
    progress.end(false);
    expect(stderr.text).not.toContain('100 %');
    const checked = new ByteProgress(open(), 'pull');
    checked.update(10, 10, 'a');
    checked.end(true);
    expect(stderr.text).toMatch(/100 %.*\n$/);
  });

  describe('with time', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
    afterEach(() => void vi.useRealTimers());

    it('is a line per ten percent without a terminal, one in 5 s at most, and one in 60 s', () => {
      stderr.isTTY = false;
      const progress = new ByteProgress(open(), 'pull');
      progress.update(0, 1000);
      for (let second = 1; second <= 10; second++) {
        progress.update(second * 50, 1000);
        vi.advanceTimersByTime(1000);
      }
      vi.advanceTimersByTime(61_000);
      progress.end(true);
      const lines = stderr.text.trimEnd().split('\n');
      expect(lines.map((line) => /^pull: \d+ %/.exec(line)?.[0])).toEqual([
        'pull: 25 %',
        'pull: 50 %',
        'pull: 50 %',
        'pull: 100 %',
      ]);
    });

    it('says that it waits for the hub after ten seconds of silence', () => {
      const progress = new ByteProgress(open(), 'pull');
      progress.update(5, 10, 'model.safetensors');
      vi.advanceTimersByTime(9000);
      expect(stderr.text).not.toContain('waiting');
      vi.advanceTimersByTime(2000);
      expect(stderr.text).toContain('waiting for the hub');
      progress.end(false);
    });
  });

  it('writes nothing with --quiet', () => {
    const progress = new ByteProgress(open({ quiet: true }), 'pull');
    progress.update(5, 10);
    progress.end(true);
    expect(stderr.text + stdout.text).toBe('');
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
