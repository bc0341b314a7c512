import type { ExitCode } from './exit-codes.js';

/** Advice about an error: a label, then a command or a place. */
export type Hint = readonly [label: string, action: string];

interface CommandErrorOptions {
  /** Stable name, for `--json`. */
  code: string;
  exitCode: ExitCode;
  /** At most three. */
  hints?: readonly Hint[];
  cause?: unknown;
}

/** An error that ends a command, with an exit code and advice. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hints: readonly Hint[];

  constructor(message: string, { code, exitCode, hints = [], cause }: CommandErrorOptions) {
    super(message, { cause });
    this.code = code;
    this.exitCode = exitCode;
    this.hints = hints;
  }
}
