import { describe, expect, it, vi } from 'vitest';
import { interruptible } from './interruptible.js';

const signal = (name: 'SIGINT' | 'SIGTERM'): void => void process.emit(name, name);

describe(interruptible, () => {
  it('throws why it was ended, also of work that came to its end', async () => {
    const work = async (): Promise<string> => {
      signal('SIGTERM');
      return 'done';
    };
    await expect(interruptible('again', work)).rejects.toMatchObject({ code: 'interrupted', exitCode: 143 });
    expect(await interruptible('again', async () => 'done')).toBe('done');
  });

  it('takes signals within a second for one, and ends the process at a later one', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const now = vi.spyOn(performance, 'now');
    const work = async (): Promise<void> => {
      for (const at of [0, 5, 999]) {
        now.mockReturnValue(at);
        signal('SIGINT');
      }
      expect(exit).not.toHaveBeenCalled();
      now.mockReturnValue(1001);
      signal('SIGINT');
    };
    await expect(interruptible('again', work)).rejects.toMatchObject({ exitCode: 130 });
    expect(exit.mock.calls).toEqual([[130]]);
    vi.restoreAllMocks();
  });
});
