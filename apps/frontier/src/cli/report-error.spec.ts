import { describe, expect, it } from 'vitest';
import { Terminal } from '../terminal/terminal.js';
import { CommandError } from './command-error.js';
import { reportError } from './report-error.js';

describe(reportError, () => {
  it('writes what others have put into a message or a hint as plain lines', () => {
    let written = '';
    const stream = { write: (text: string) => (written += text) };
    const terminal = new Terminal({}, { stdout: stream, stderr: stream, stdin: {}, env: {} });
    const hints = [['Did you mean', '\u001b[2Jtiny\n  Again:  rm -r .']] as const;
    reportError(new CommandError('no\u001b[31m model.', { code: 'failed', exitCode: 1, hints }), terminal, false);
    expect(written).toBe('error: no model.\n  Did you mean:  tiny   Again:  rm -r .\n');
  });
});
