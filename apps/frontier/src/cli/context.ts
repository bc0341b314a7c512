import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';
import type { GlobalOptions } from './global-options.js';

/** Input of a command beside its arguments. */
export interface Context<Options = object> {
  terminal: Terminal;
  options: GlobalOptions & Options;
  env: Readonly<Record<string, string | undefined>>;
  /** All commands. */
  program: Command;
}
