import { join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import { ConfigReader } from '../config-reader.js';
import { readJsonFile } from '../json-file.js';
import type { ModelConfig } from '../model-config.js';
import { FAMILIES, reasonOfRefusal } from './families.js';
import type { CommonConfig, Family } from './family.js';

/** `GroupQueryAttention` refuses other sizes of a head when it runs. */
const HEAD_DIM_STEP = 8;
/** Sums over more elements would have other bits beside other sequences (see `DecodeAttention`). */
const MAX_HEAD_DIM = 256;

/**
 * Reads `config.json`, as versions 4 and 5 of transformers write it.
 * @throws `model_invalid` when it is missing or a field has no sensible value, naming both.
 * @throws `model_unsupported` when the model needs something that the engine cannot do, naming it.
 */
export function readModelConfig(folder: string): ModelConfig {
  return toModelConfig(openFile(folder));
}

/**
 * The configuration that the fields of a `config.json` describe, with the errors of {@link readModelConfig}.
 * @param architecture one of {@link FAMILIES}, in place of the one that the file names
 */
export function toModelConfig(file: ConfigReader, architecture = readArchitecture(file)): ModelConfig {
  const { family, config } = openConfig(file, architecture);
  refuseQuantized(file);
  const common = readCommonConfig(file, config, architecture);
  return { ...common, ...family.traits(config, common) };
}

/** Reads the number of tokens of the vocabulary from `config.json`, with the errors of {@link readModelConfig}. */
export function readVocabSize(folder: string): number {
  const file = openFile(folder);
  return openConfig(file, readArchitecture(file)).config.size('vocab_size');
}

function openFile(folder: string): ConfigReader {
  const path = join(folder, 'config.json');
  return new ConfigReader(path, readJsonFile(path));
}

interface OpenConfig {
  family: Family;
  /** The part of the file that describes the decoder. */
  config: ConfigReader;
}

function openConfig(file: ConfigReader, architecture: string): OpenConfig {
  const family = FAMILIES[architecture];
  const { section, defaults = {} } = family;
  const config = (section === undefined ? file : file.section(section)).withDefaults(defaults);
  return { family, config };
}

function readCommonConfig(file: ConfigReader, config: ConfigReader, architecture: string): CommonConfig {
  const hiddenSize = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  const kvHeads = config.size('num_key_value_heads', heads);
  const headDim = config.size('head_dim', hiddenSize / heads);
  if (heads % kvHeads !== 0) {
    throw modelInvalid(
      `${config.path}: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads}).`,
    );
  }
  if (headDim % HEAD_DIM_STEP !== 0 || headDim > MAX_HEAD_DIM) {
    throw modelUnsupported(
      `${config.path}: head_dim (${headDim}) is not supported: attention takes multiples of ${HEAD_DIM_STEP} of at most ${MAX_HEAD_DIM}.`,
    );
  }
  return {
    architecture,
    vocabSize: config.size('vocab_size'),
    hiddenSize,
    layers: config.size('num_hidden_layers', undefined, 1000),
    heads,
    kvHeads,
    headDim,
    intermediateSize: config.size('intermediate_size'),
    rmsNormEps: config.positive('rms_norm_eps', 1e-6),
    maxPositions: config.size('max_position_embeddings'),
    eosTokenIds: [...new Set([...file.tokenIds('eos_token_id'), ...config.tokenIds('eos_token_id')])],
  };
}

/** Weights that are packed have other tensors; what is missing then would say less. */
function refuseQuantized(file: ConfigReader): void {
  if (file.value('quantization_config') === undefined) return;
  const method = file.section('quantization_config').value('quant_method') ?? 'unknown';
  throw modelUnsupported(
    `${file.path}: "quantization_config" says that the weights are quantized (${JSON.stringify(method)}), which is not supported. Take the original model; "precision" quantizes it when it is loaded.`,
  );
}

function readArchitecture(file: ConfigReader): string {
  const list = file.value('architectures');
  if (!Array.isArray(list) || typeof list[0] !== 'string') {
    throw modelInvalid(`${file.path}: "architectures" must be a list with the model's architecture.`);
  }
  if (Object.hasOwn(FAMILIES, list[0])) return list[0];
  const supported = Object.keys(FAMILIES).join(', ');
  throw modelUnsupported(
    `${file.path}: architecture "${list[0]}" is not supported${reasonOfRefusal(list[0])}; supported are ${supported}.`,
  );
}
