import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ServerConfig } from '@frontier/server/config';
import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';
import type { Variables } from '../cli/context.js';
import { cacheFolder, dataFolder } from '../cli/folders.js';
import type { GlobalOptions } from '../cli/global-options.js';
import { precisionOption, wholeOption, wrongOption } from '../cli/option-values.js';
import { parseSize } from '../text/numbers.js';
import { bundledModel, modelArguments } from './model-argument.js';

/** Options of `frontier serve`. */
export interface ServeOptions {
  port?: string;
  host?: string;
  precision?: string;
  memory?: string;
  keep?: boolean;
  onDemand?: boolean;
  /** False with `--no-console`. */
  console?: boolean;
  keysFile?: string;
  /** Path of a models file. */
  config?: string;
}

/** The configuration of a server that the command line starts. */
export interface ServeConfig {
  config: ServerConfig;
  /** True where only the bundled demonstration is served. */
  isDemonstration: boolean;
  /** A folder of this run only, to be made at the start and removed at the end. */
  temporaryFolder: string | undefined;
}

const MAX_PORT = 65_535;

/**
 * Configures a server from options and environment; options win. Unlike the program of the image, it keeps nothing in the working
 * folder: jobs are in the user's data folder, by port, and graphs in the user's cache folder.
 * @throws `config_invalid`, and where a model is not there
 */
export async function serveConfig(
  models: readonly string[],
  options: ServeOptions & GlobalOptions,
  env: Variables,
): Promise<ServeConfig> {
  if (models.length > 0 && options.config !== undefined) {
    throw new CommandError('models are named twice: as arguments, and by --config.', {
      code: 'usage',
      exitCode: EXIT.usage,
      hints: [
        ['Those of the file', `frontier serve --config ${options.config}`],
        ['These alone', `frontier serve ${models.join(' ')}`],
      ],
    });
  }
  const precision = precisionOption(options.precision);
  const memory = sizeOption(options.memory);
  const residency = residencyOf(options);
  const port = wholeOption('--port', options.port, [0, MAX_PORT])?.toString() ?? env.PORT;
  const temporaryFolder = port === '0' && !env.DATA_DIR ? join(tmpdir(), `frontier-data-${randomUUID()}`) : undefined;
  const file = options.config ?? ((models.length === 0 && env.TRUTHGPT_CONFIG) || undefined);
  if (file !== undefined && (precision !== undefined || residency !== undefined)) throw notOfFile();
  const variables: Variables = {
    ...env,
    PORT: port,
    HOST: options.host ?? env.HOST,
    API_KEYS_FILE: options.keysFile ?? env.API_KEYS_FILE,
    DATA_DIR: env.DATA_DIR || (temporaryFolder ?? dataFolder(env, `port-${port || 8080}`)),
    GRAPH_CACHE_DIR: env.GRAPH_CACHE_DIR || cacheFolder(env, 'graphs'),
    ...(memory !== undefined && { MODELS_MEMORY_BYTES: String(memory) }),
    ...(options.console === false && { ENABLE_CONSOLE: 'false' }),
    ...(file !== undefined && { TRUTHGPT_CONFIG: resolve(file) }),
  };
  const { checkedModels, readServerConfig } = await import('@frontier/server/config');
  const isDemonstration = models.length === 0 && file === undefined;
  const named =
    file === undefined
      ? checkedModels({ models: entriesOf(models, { precision, residency }, env) }, 'frontier serve')
      : undefined;
  return { config: readServerConfig(variables, undefined, named), isDemonstration, temporaryFolder };
}

/** The models, as entries of a models file. */
function entriesOf(
  texts: readonly string[],
  own: { precision: string | undefined; residency: string | undefined },
  env: Variables,
): object[] {
  const models = texts.length === 0 ? [bundledModel()] : modelArguments(texts, env);
  return models.map((model) => ({ ...model, ...own, precision: own.precision ?? model.precision }));
}

function notOfFile(): CommandError {
  return new CommandError('--precision, --keep and --on-demand are for models that are named.', {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: [['In the file', 'precision, residency: docs/configuration.md#models']],
  });
}

function residencyOf({ keep, onDemand }: ServeOptions): 'keep' | 'on_demand' | undefined {
  if (keep && onDemand) throw wrongOption('--keep', 'with --on-demand', 'one of both');
  return keep ? 'keep' : onDemand ? 'on_demand' : undefined;
}

function sizeOption(text: string | undefined): number | undefined {
  const bytes = text === undefined ? undefined : parseSize(text);
  if (text !== undefined && !bytes) throw wrongOption('--memory', text, 'a size, such as 4GB or 512MiB');
  return bytes;
}
