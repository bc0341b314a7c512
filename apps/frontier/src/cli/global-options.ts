import { type Command, Option } from 'commander';

/** Options of every command. */
export interface GlobalOptions {
  json?: boolean;
  quiet?: boolean;
  /** False with `--no-color`. */
  color?: boolean;
  url?: string;
  keyFile?: string;
  verbose?: boolean;
}

const OPTIONS: readonly [flags: string, description: string][] = [
  ['--json', 'print JSON'],
  ['-q, --quiet', 'no progress and no hints'],
  ['--no-color', 'no colours'],
  ['--url <server>', 'the server to talk to'],
  ['--key-file <file>', "a file with the server's key"],
  ['--verbose', 'details of errors'],
];

/** Adds the options to a command: they may stand before or after its name. Help lists them on the first page only. */
export function addGlobalOptions(command: Command): void {
  for (const [flags, description] of OPTIONS) command.addOption(new Option(flags, description).hideHelp());
}
