import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Terminal, type TerminalOptions } from '../terminal/terminal.js';
import { ByteProgress } from './byte-progress.js';

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
const open = (options: TerminalOptions = {}): Terminal =>
  new Terminal(options, { stdout, stderr, stdin: {}, env: { LANG: 'C.UTF-8' } });
beforeEach(() => {
  stdout = new Screen();
  stderr = new Screen();
});

describe(ByteProgress, () => {
  it('ends at 100 % only where all was checked', () => {
    const progress = new ByteProgress(open());
    progress.update(10, 10, 'a');
    progress.end(false);
    expect(stderr.text).not.toContain('100 %');
    const checked = new ByteProgress(open());
    checked.update(10, 10, 'a');
    checked.end(true);
    expect(stderr.text).toMatch(/100 %.*\n$/);
  });

  describe('with time', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
    afterEach(() => void vi.useRealTimers());

    it('is a line per ten percent without a terminal, one in 5 s at most, and one in 60 s', () => {
      stderr.isTTY = false;
      const progress = new ByteProgress(open());
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
      const progress = new ByteProgress(open());
      progress.update(5, 10, 'model.safetensors');
      vi.advanceTimersByTime(9000);
      expect(stderr.text).not.toContain('waiting');
      vi.advanceTimersByTime(2000);
      expect(stderr.text).toContain('waiting for the hub');
      progress.end(false);
    });
  });

  it('writes nothing with --quiet', () => {
    const progress = new ByteProgress(open({ quiet: true }));
    progress.update(5, 10);
    progress.end(true);
    expect(stderr.text + stdout.text).toBe('');
  });
});
