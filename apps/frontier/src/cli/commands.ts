import type { Context } from './context.js';

/** A command of the program, without its code, which is loaded when it runs. */
export interface CommandSpec {
  /** Name and arguments, as commander reads them. */
  usage: string;
  /** One sentence. */
  description: string;
  options?: readonly (readonly [flags: string, description: string, fallback?: string])[];
  /** Two. */
  examples?: readonly string[];
  /** Exit codes beside 0 and 2, with the case. */
  exits?: readonly string[];
  load?: () => Promise<(context: Context, ...args: never[]) => Promise<void>>;
  commands?: readonly CommandSpec[];
}


/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'serve [models...]',
    description: 'Serve models over HTTP: folders, .gguf and .onnx files, or hf:org/name; none named: the bundled one.',
    options: [
      ['--port <port>', 'the port; 0 takes a free one', '8080'],
      ['--host <address>', 'the address; 0.0.0.0 for all', '127.0.0.1'],
      ['--precision <precision>', 'fp32, int8 or int4; of the models that are named'],
      ['--keys-file <file>', 'API keys, as `frontier keys` writes them'],
    ],
    examples: ['frontier serve', 'frontier serve models/qwen.gguf hf:org/name --port 9000'],
    exits: ['3 a model is not there', '6 the port is in use', '7 a model is not supported', '130 stopped at once'],
    load: async () => (await import('../serve/serve-command.js')).serveCommand,
  },
];
