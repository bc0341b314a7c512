import { Command, type CommanderError, Option, type OutputConfiguration } from 'commander';
import { Terminal } from '../terminal/terminal.js';
import { CommandError } from '../cli/command-error.js';
import { COMMANDS, type CommandSpec, type OptionSpec } from './commands.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { addGlobalOptions, type GlobalOptions } from '../cli/global-options.js';
import { overview } from './overview.js';
import { VERSION } from '../cli/version.js';

/** The command line: parses arguments and runs their command. Errors are thrown. */
export function createProgram(args: readonly string[] = []): Command {
  const isJson = args.includes('--json');
  const program = configured(new Command('frontier'))
    .version(isJson ? JSON.stringify({ version: VERSION }) : VERSION, '--version')
    .configureHelp({ formatHelp: () => overview() });
  addGlobalOptions(program);
  for (const spec of COMMANDS) program.addCommand(commandOf(spec, isJson));
  if (isJson) program.configureOutput(NO_HELP);
  return program;
}

/** The error for a wrong command line, with the nearest right word as a hint. */
export function usageError(error: CommanderError, args: readonly string[]): CommandError {
  const text = error.code === 'commander.help' ? 'a command is missing.' : error.message;
  const [message, suggestion] = text.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (?:one of )?(.*?)\?/.exec(suggestion ?? '')?.[1];
  const names = new Set(COMMANDS.map(nameOf));
  const command = args.find((arg) => names.has(arg));
  return new CommandError(`${message}${/[.?!]$/.test(message) ? '' : '.'}`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: [
      ...(meant === undefined ? [] : [['Did you mean', meant] as const]),
      ['All options', command === undefined ? 'frontier --help' : `frontier ${command} --help`],
    ],
  });
}

/** With `--json` no help is written in place of an error. */
const NO_HELP: OutputConfiguration = { writeErr: () => {} };

function commandOf(spec: CommandSpec, isJson: boolean): Command {
  const [name, ...args] = spec.usage.split(' ');
  const command = configured(new Command(name)).description(spec.description);
  for (const each of args) command.argument(each);
  for (const each of spec.options ?? []) command.addOption(optionOf(each));
  addGlobalOptions(command);
  command.addHelpText('after', () => afterOptions(spec));
  for (const each of spec.commands ?? []) command.addCommand(commandOf(each, isJson));
  if (isJson) command.configureOutput(NO_HELP);
  if (spec.load) command.action((...given: unknown[]) => run(spec, given));
  return command;
}

function optionOf([flags, description, { default: fallback, isList = false } = {}]: OptionSpec): Option {
  const option = new Option(flags, fallback === undefined ? description : `${description} (default: ${fallback})`);
  return isList ? option.argParser((value: string, before: string[] = []) => [...before, value]) : option;
}

function configured(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stdout.write(text), outputError: () => {} })
    .configureHelp({ showGlobalOptions: false })
    .helpOption('-h, --help', 'this help')
    .helpCommand(false)
    .showSuggestionAfterError();
}

async function run({ load }: CommandSpec, given: unknown[]): Promise<void> {
  const command = given.at(-1) as Command;
  const line = [command];
  while (line[0].parent) line.unshift(line[0].parent);
  const options: GlobalOptions = Object.assign({}, ...line.map(givenOptions));
  const [program] = line;
  const context: Context = { terminal: new Terminal(options), options, env: process.env, program };
  const handler = await load!();
  await handler(context, ...(given.slice(0, -2) as never[]));
}

/** Options from the command line only: defaults of a subcommand would override options before its name. */
function givenOptions(command: Command): object {
  return Object.fromEntries(
    Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli'),
  );
}

function afterOptions({ examples = [], exits = [] }: CommandSpec): string {
  const lines = [
    'For all: --json  -q  --no-color  --url  --key-file  --verbose (frontier --help)',
    '',
    'Examples:',
    ...examples.map((line) => `  ${line}`),
    '',
    ...wrapped(`Exit codes: ${['0 done', '1 failed', '2 usage', ...exits].join(', ')}`),
  ];
  return `\n${lines.join('\n')}`;
}

/** Lines of at most 80 characters. */
function wrapped(text: string): string[] {
  return text.match(/.{1,78}(?:,|$)\s?/g)!.map((line, i) => (i === 0 ? line : `  ${line}`).trimEnd());
}

function nameOf({ usage }: CommandSpec): string {
  return usage.split(' ')[0];
}
