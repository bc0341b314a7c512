import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import { ConfigReader } from '../../model/config-reader.js';
import { readJsonFile, readJsonValue } from '../../model/json-file.js';
import type { DenseActivation } from '../chain/dense-layer.js';
import { POOLING_MODES, type PoolingMode } from '../chain/pooling.js';
import type { DenseModule, ModuleChain } from './encoder-description.js';

/** The modules of a folder of sentence-transformers: the transformer's folder, and the chain behind it. */
export interface Modules {
  folder: string;
  chain: ModuleChain;
}

/** The flags that older files have in place of `pooling_mode`. */
const FLAGS: readonly (readonly [string, PoolingMode])[] = [
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_max_tokens', 'max'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
  ['pooling_mode_weightedmean_tokens', 'weightedmean'],
  ['pooling_mode_lasttoken', 'lasttoken'],
];

const ACTIVATIONS: Readonly<Record<string, DenseActivation>> = {
  Identity: 'identity',
  Tanh: 'tanh',
  ReLU: 'relu',
  Sigmoid: 'sigmoid',
};

interface ModuleEntry {
  /** The last part of the module's class. */
  type: string;
  folder: string;
}

/**
 * Reads `modules.json` (https://sbert.net), and the configurations that it names.
 * @returns `undefined` where there is no such file
 * @throws `model_invalid`, or `model_unsupported` naming a module that is not computed
 */
export function readModules(folder: string, hiddenSizeOf: (folder: string) => number): Modules | undefined {
  const path = join(folder, 'modules.json');
  if (!existsSync(path)) return undefined;
  const [transformer, pooling, ...rest] = readEntries(folder, path);
  if (transformer?.type !== 'Transformer') {
    throw modelUnsupported(
      `${path}: the first module is ${transformer?.type ?? 'missing'}; only Transformer is supported.`,
    );
  }
  if (pooling?.type !== 'Pooling') {
    throw modelUnsupported(
      `${path}: the module behind Transformer is ${pooling?.type ?? 'missing'}; only Pooling is supported there.`,
    );
  }
  const { modes, includesPrompt } = readPooling(pooling.folder);
  let size = modes.length * hiddenSizeOf(transformer.folder);
  const modules = rest.map((entry) => {
    const module = readModule(path, entry, size);
    if (module.type === 'dense') size = module.outputSize;
    return module;
  });
  return { folder: transformer.folder, chain: { pooling: modes, includesPrompt, modules } };
}

function readEntries(folder: string, path: string): ModuleEntry[] {
  const list = readJsonValue(path);
  if (!Array.isArray(list)) throw modelInvalid(`${path} must be a list of modules.`);
  return list.map((entry: { type?: unknown; path?: unknown } | null) => {
    const { type, path: place = '' } = entry ?? {};
    if (typeof type !== 'string' || typeof place !== 'string' || /(^|[\\/])\.\.([\\/]|$)|^[\\/]/.test(place)) {
      throw modelInvalid(`${path}: a module needs a "type", and a "path" inside the folder.`);
    }
    return { type: type.split('.').at(-1)!, folder: join(folder, place) };
  });
}

function readPooling(folder: string): { modes: PoolingMode[]; includesPrompt: boolean } {
  const path = join(folder, 'config.json');
  const config = new ConfigReader(path, readJsonFile(path));
  const includesPrompt = config.flag('include_prompt', true);
  const given = config.value('pooling_mode') ?? flagged(config);
  const modes = (Array.isArray(given) ? given : [given]).map((mode) => {
    const known = POOLING_MODES.find((name) => name === mode);
    if (known !== undefined) return known;
    throw modelUnsupported(
      `${path}: pooling ${JSON.stringify(mode)} is not supported; supported are ${POOLING_MODES.join(', ')}.`,
    );
  });
  return { modes, includesPrompt };
}

function flagged(config: ConfigReader): PoolingMode[] {
  const modes = FLAGS.filter(([flag]) => config.flag(flag)).map(([, mode]) => mode);
  return modes.length > 0 ? modes : ['mean'];
}

function readModule(path: string, { type, folder }: ModuleEntry, size: number): ModuleChain['modules'][number] {
  switch (type) {
    case 'Normalize':
      return { type: 'normalize' };
    case 'Dense':
      return readDense(folder, size);
    default:
      throw modelUnsupported(
        `${path}: module ${type} is not supported behind Pooling; supported are Dense and Normalize.`,
      );
  }
}

function readDense(folder: string, inputSize: number): DenseModule {
  const path = join(folder, 'config.json');
  const config = new ConfigReader(path, readJsonFile(path));
  if (config.size('in_features') !== inputSize) {
    throw config.invalid(
      'in_features',
      `${inputSize}, as the vector before it has elements`,
      config.value('in_features'),
    );
  }
  config.expect('use_residual', false);
  const name = String(config.value('activation_function') ?? 'Tanh')
    .split('.')
    .at(-1)!;
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (activation === undefined) {
    throw modelUnsupported(
      `${path}: "activation_function" ${name} is not supported; supported are ${Object.keys(ACTIVATIONS).join(', ')}.`,
    );
  }
  const isBiased = config.flag('bias', true);
  return { type: 'dense', folder, inputSize, outputSize: config.size('out_features'), isBiased, activation };
}
