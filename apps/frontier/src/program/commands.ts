import type { Context } from '../cli/context.js';

/** An option of a command. `default` is shown in the help only; with `isList` the option may be repeated. */
export type OptionSpec = readonly [flags: string, description: string, more?: { default?: string; isList?: boolean }];

/** A command of the program, without its code, which is loaded when it runs. */
export interface CommandSpec {
  /** Name and arguments, as commander reads them. */
  usage: string;
  /** One sentence. */
  description: string;
  options?: readonly OptionSpec[];
  /** Two. */
  examples?: readonly string[];
  /** Exit codes beside 0 and 2, with the case. */
  exits?: readonly string[];
  load?: () => Promise<(context: Context, ...args: never[]) => Promise<void>>;
  commands?: readonly CommandSpec[];
}

const SERVER_EXITS = ['4 the server cannot be reached', '5 the key is refused'];

const KEYS_FILE: OptionSpec = ['--keys-file <file>', 'the file (default: API_KEYS_FILE, else keys.yaml)'];

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'serve [models...]',
    description:
      'Serve models over HTTP: folders, .gguf and .onnx files, hf:org/name, or names of the list; none: the bundled one.',
    options: [
      ['--port <port>', 'the port; 0 takes a free one', { default: '8080' }],
      ['--host <address>', 'the address; 0.0.0.0 for all', { default: '127.0.0.1' }],
      ['--precision <precision>', 'fp32, int8 or int4; of the models that are named'],
      ['--memory <size>', 'what all models may take together: 4GB; those on demand make room for each other'],
      ['--keep', 'keep the models that are named in memory; this is the default'],
      ['--on-demand', 'load them with their first request'],
      ['--no-console', 'serve no console'],
      ['--config <file>', 'a models file, in place of named models'],
      ['--keys-file <file>', 'API keys, as `frontier keys` writes them'],
    ],
    examples: ['frontier serve', 'frontier serve models/qwen.gguf hf:org/name --port 9000'],
    exits: ['3 a model is not there', '6 the port is in use', '7 a model is not supported', '130 stopped at once'],
    load: async () => (await import('../serve/serve-command.js')).serveCommand,
  },
  {
    usage: 'run [model] [text...]',
    description:
      'Chat with a model of the server that runs, else with one of its own; with a text or a pipe: one answer.',
    options: [
      ['-m, --model <model>', 'the model, where all words are text'],
      ['-p, --prompt <text>', 'the text'],
      ['--system <text>', 'how the model should be'],
      ['--temperature <number>', '0 to 2; 0 always takes the likeliest token'],
      ['--max-tokens <count>', 'tokens of the answer at most'],
      ['--seed <number>', 'repeats what is sampled'],
      ['--schema <file>', 'a JSON schema that the answer follows'],
    ],
    examples: ['frontier run', 'echo "Once upon a time" | frontier run storyteller > story.txt'],
    exits: ['3 no such model', ...SERVER_EXITS, '7 it does not generate', '130 stopped'],
    load: async () => (await import('../run/run-command.js')).runCommand,
  },
  {
    usage: 'pull <model>',
    description: 'Download a model of the Hugging Face Hub, and go on where it was stopped.',
    options: [
      ['--include <glob>', 'take the files that match alone; repeatable', { isList: true }],
      ['--exclude <glob>', 'leave out the files that match; repeatable', { isList: true }],
      ['--offline', 'ask nothing: say whether it is here'],
    ],
    examples: [
      'frontier pull hf:HuggingFaceTB/SmolLM2-135M-Instruct',
      'frontier pull hf:bartowski/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct-Q4_K_M.gguf',
    ],
    exits: [
      '3 not on the hub',
      '4 the hub cannot be reached',
      '5 its terms are to be accepted',
      '6 no room',
      '7 no model',
      '130 stopped',
    ],
    load: async () => (await import('../pull/pull-command.js')).pullCommand,
  },
  {
    usage: 'list',
    description: 'List the models of the server that runs, and those of this machine that it does not serve.',
    options: [['--running', 'those of the server alone']],
    examples: ['frontier list', 'frontier list --running --json'],
    exits: SERVER_EXITS,
    load: async () => (await import('../list/list-command.js')).listCommand,
  },
  {
    usage: 'rm <model>',
    description: 'Remove a downloaded model: a name of `frontier list`, or hf:org/name.',
    options: [['--yes', 'do not ask']],
    examples: ['frontier rm SmolLM2-135M-Instruct', 'frontier rm hf:org/name@v1 --yes'],
    exits: ['3 no such model', '5 the key is refused', '6 it is in use'],
    load: async () => (await import('../list/rm-command.js')).rmCommand,
  },
  {
    usage: 'doctor [model]',
    description: 'Check this machine, or why a model can or cannot be served: it is loaded by the code that serves it.',
    options: [
      ['--supported', 'list the architectures that are served'],
      ['--strict', 'count warnings as failures'],
      ['--precision <precision>', 'of the model: fp32, int8 or int4'],
    ],
    examples: ['frontier doctor', 'frontier doctor models/qwen.gguf'],
    exits: ['3 no such model', '7 the model is not served'],
    load: async () => (await import('../doctor/doctor-command.js')).doctorCommand,
  },
  {
    usage: 'bench [model]',
    description: "Measure a model beside this machine's limits: bandwidth of its memory, and 8-bit products.",
    options: [
      ['--streams <counts>', 'streams at once', { default: '1,4,16' }],
      ['--seconds <number>', 'how long each figure is measured', { default: '2' }],
      ['--precision <precision>', 'fp32, int8 or int4'],
    ],
    examples: ['frontier bench', 'frontier bench models/qwen.gguf --streams 1,8 --seconds 5 --json'],
    exits: ['3 no such model', '7 it does not generate', '130 stopped'],
    load: async () => (await import('../bench/bench-command.js')).benchCommand,
  },
  {
    usage: 'completion <shell>',
    description: 'Print a script that completes commands and options: bash, zsh or fish.',
    examples: [
      'source <(frontier completion bash)',
      'frontier completion fish > ~/.config/fish/completions/frontier.fish',
    ],
    load: async () => (await import('../completion/completion-command.js')).completionCommand,
  },
  {
    usage: 'keys',
    description: 'Keys of callers: a file of their SHA-256, which running servers read by themselves.',
    examples: ['frontier keys add search-team --rpm 100 --models storyteller', 'frontier keys revoke search-team'],
    commands: [
      {
        usage: 'add <name>',
        description: 'Make a key, and print it once.',
        options: [
          ['--models <names>', 'models that it may use, separated by commas (default: all)'],
          ['--rpm <count>', 'requests a minute'],
          ['--tpm <count>', 'tokens a minute'],
          ['--priority <class>', 'the best class of its requests: high, normal or low'],
          ['--admin', 'opens the routes for operators'],
          KEYS_FILE,
        ],
        examples: ['frontier keys add search-team --rpm 100', 'frontier keys add ops --admin'],
        exits: ['6 the name is taken, or the file is in use'],
        load: async () => (await import('../keys/keys-command.js')).addCommand,
      },
      {
        usage: 'list',
        description: 'Names, rights and limits of the keys; never the keys themselves.',
        options: [KEYS_FILE],
        examples: ['frontier keys list', 'frontier keys list --json'],
        exits: ['3 no such file'],
        load: async () => (await import('../keys/keys-command.js')).listCommand,
      },
      {
        usage: 'revoke <name>',
        description: 'Take a key away.',
        options: [KEYS_FILE],
        examples: ['frontier keys revoke search-team', 'frontier keys revoke search-team --json'],
        exits: ['3 no such key', '6 the file is in use'],
        load: async () => (await import('../keys/keys-command.js')).revokeCommand,
      },
    ],
  },
];
