import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';
import type { GlobalOptions } from './global-options.js';

/** Environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Input of a command beside its arguments. */
export interface Context<Options = object> {
  terminal: Terminal;
  options: GlobalOptions & Options;
  env: Variables;
  /** All commands. */
  program: Command;
}
