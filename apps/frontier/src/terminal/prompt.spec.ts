import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupted } from './interrupted.js';
import { askSecret } from './prompt.js';
import { Terminal } from './terminal.js';

const CTRL_C = '\u0003';

describe(askSecret, () => {
  let stdin: PassThrough;
  let isRaw: boolean;
  let shown: string;
  let wasRaw: boolean | undefined;
  /** Typed as soon as the question is on the screen. */
  let typed: string;
  let terminal: Terminal;

  beforeEach(() => {
    [isRaw, shown, wasRaw, typed] = [false, '', undefined, ''];
    stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isOn: boolean) => (isRaw = isOn) });
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin);
    const write = (text: string): void => {
      shown += text;
      wasRaw ??= isRaw;
      if (typed !== '') stdin.write(typed);
      typed = '';
    };
    const stream = { write, isTTY: true };
    terminal = new Terminal({}, { stdout: stream, stderr: stream, stdin: { isTTY: true }, env: {} });
  });
  afterEach(() => void vi.restoreAllMocks());

  it('takes an answer that comes at once, and does not show it', async () => {
    typed = 'a secret\r';
    expect(await askSecret(terminal, 'Key:')).toBe('a secret');
    expect([shown, wasRaw, isRaw]).toEqual(['Key: \n', true, false]);
  });

  it('ends by Ctrl-C that comes at once, and by a signal', async () => {
    typed = CTRL_C;
    await expect(askSecret(terminal, 'Key:')).rejects.toThrow(Interrupted);
    expect([wasRaw, isRaw]).toEqual([true, false]);
    const controller = new AbortController();
    const asking = askSecret(terminal, 'Key:', controller.signal);
    expect(isRaw).toBe(true);
    controller.abort(new Error('stopped'));
    await expect(asking).rejects.toThrow('stopped');
    expect(isRaw).toBe(false);
    shown = '';
    await expect(askSecret(terminal, 'Key:', controller.signal)).rejects.toThrow('stopped');
    expect(shown).toBe('');
  });
});
