import type { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { overview } from './overview.js';
import { createProgram, usageError } from './program.js';

const MAX_LINES = 30;
const MAX_COLUMNS = 100;

function* commandsOf(command: Command): Generator<Command> {
  for (const each of command.commands) {
    yield each;
    yield* commandsOf(each);
  }
}

/** A help with what is added after it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

const commands = [...commandsOf(createProgram())];

describe('the program', () => {
  it('names every command on its first page', () => {
    for (const { name } of createProgram().commands.map((command) => ({ name: command.name() }))) {
      expect(overview()).toMatch(new RegExp(`(^ {2}|[|] | {5})${name}\\b`, 'm'));
    }
    expect(overview().split('\n').length).toBeLessThanOrEqual(15);
  });

  it.each(commands.map((command) => [command.name(), command] as const))('tells all of %s on a page', (_, command) => {
    const lines = helpOf(command).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(MAX_COLUMNS);
    expect(lines).toEqual(expect.arrayContaining(['Examples:', expect.stringMatching(/^Exit codes: 0 done/)]));
  });

  it.each([
    [['serv'], "unknown command 'serv'.", 'serve', ''],
    [['serve', '--prot', '1'], "unknown option '--prot'.", '--port', ' serve'],
    [['run', 'list', '--sed', '1'], "unknown option '--sed'.", '--seed', ' run'],
    [['keys', 'ad'], "unknown command 'ad'.", 'add', ' keys'],
    [['keys'], 'a command is missing.', undefined, ' keys'],
    [['pull'], "missing required argument 'model'.", undefined, ' pull'],
  ])('says of %j what is wrong, and what was meant', async (args, message, meant, command) => {
    const error = await createProgram([...args, '--json'])
      .parseAsync(args, { from: 'user' })
      .then(
        () => undefined,
        (thrown: CommanderError) => usageError(thrown, args),
      );
    expect(error).toMatchObject({ message, exitCode: 2 });
    const { hints } = error!;
    expect(hints.find(([label]) => label === 'Did you mean')?.[1]).toBe(meant);
    expect(hints.at(-1)).toEqual(['All options', `frontier${command} --help`]);
  });
});
