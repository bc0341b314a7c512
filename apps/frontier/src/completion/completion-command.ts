import type { Command } from 'commander';
import type { Context } from '../cli/context.js';
import { choiceOption } from '../cli/option-values.js';
import { type CompletedCommand, completionScript, SHELLS } from './completion-script.js';

/** `frontier completion`: the script of a shell, made of the commands that there are. */
export async function completionCommand({ terminal, program }: Context, shell: string): Promise<void> {
  const known = choiceOption('The shell', shell, SHELLS)!;
  terminal.stdout.write(completionScript(known, program.commands.map(completed)));
}

function completed(command: Command): CompletedCommand {
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : [])),
    commands: command.commands.map(completed),
  };
}
