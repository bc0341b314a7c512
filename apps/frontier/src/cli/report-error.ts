import type { Terminal } from '../terminal/terminal.js';
import { oneLine, printable } from '../text/printable.js';
import type { CommandError, Hint } from './command-error.js';

/** Writes an error with its hints: to the standard error, or with `--json` as the last document of the output. */
export function reportError(error: CommandError, terminal: Terminal, isVerbose: boolean): void {
  const { hints } = error;
  terminal.region?.end([]);
  if (terminal.isJson) {
    const hint = hints.map(([label, action]) => `${label}: ${action}`).join('; ') || undefined;
    terminal.printJson({ error: { code: error.code, message: error.message, hint } });
    return;
  }
  const [first, ...more] = printable(error.message).split('\n');
  const label = terminal.styled('red', 'error:', terminal.stderr);
  const lines = [`${label} ${first}`, ...more.map((line) => `  ${line}`), ...hintLines(hints)];
  if (isVerbose) lines.push(stackOf(error));
  terminal.stderr.write(`${lines.join('\n')}\n`);
}

function hintLines(given: readonly Hint[]): string[] {
  const hints = given.map((hint) => hint.map(oneLine));
  const width = Math.max(0, ...hints.map(([label]) => label.length)) + 3;
  return hints.map(([label, action]) => `  ${`${label}:`.padEnd(width)}${action}`);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\n${error.cause.stack}` : '';
  return `${error.stack}${cause}`;
}
