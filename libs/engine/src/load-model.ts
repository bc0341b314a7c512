import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineModel } from './engine.js';
import { modelInvalid } from './engine.errors.js';
import { ExternalDataFile } from './graph/external-data-file.js';
import { buildLlamaGraph, type LlamaGraphOptions, type Precision } from './graph/llama-graph.js';
import { type ModelConfig, readModelConfig } from './model/model-config.js';
import { Weights } from './model/weights.js';
import { loadTokenizer } from './text/text-tokenizer.js';

/** Which model to load, and how large its batches and sequences may be. */
export interface ModelOptions {
  /** A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. */
  path: string;
  /** Sequences that can run at once; each takes one slot of the cache. */
  maxBatchSize: number;
  /** The longest sequence in tokens, at most what the model was made for; default: that. */
  contextLength?: number;
  /** How the weights are computed with; default `fp32`. */
  precision?: Precision;
  /** Threads of one pass; 0 takes all cores. */
  threads?: number;
}

/** A model that an engine can work with, and its shape. */
export interface LoadedModel extends EngineModel {
  config: ModelConfig;
}

/**
 * Loads a model folder: reads its configuration and tokenizer, builds the graph from its weights and opens the native
 * session. Blocks the event loop of this process for most of that time.
 *
 * @throws `model_invalid` when the folder is damaged, `model_unsupported` when the engine cannot run the model,
 * `engine_error` when ONNX Runtime refuses the graph; each message names the file and what is wrong with it
 */
export async function loadModel({
  path,
  maxBatchSize,
  contextLength,
  precision = 'fp32',
  threads = 0,
}: ModelOptions): Promise<LoadedModel> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw modelInvalid(`The model folder ${path} does not exist.`);
  }
  const config = readModelConfig(path);
  if (contextLength !== undefined && contextLength > config.maxPositions) {
    throw modelInvalid(
      `The context length ${contextLength} exceeds the ${config.maxPositions} positions that the model in ${path} was made for.`,
    );
  }
  const maxTokens = contextLength ?? config.maxPositions;
  const tokenizer = loadTokenizer(path);
  const graph = writeGraph(path, config, { contextLength: maxTokens, precision });
  try {
    const { layers, kvHeads, headDim, vocabSize } = config;
    const shape = { layers, kvHeads, headDim, vocabSize, maxSlots: maxBatchSize, maxTokens };
    // Not before it is needed: the server process, which never runs a model, does not load the native library.
    const { OnnxModelRunner } = await import('./runner/onnx-model-runner.js');
    const runner = await OnnxModelRunner.load(graph.path, { ...shape, threads });
    return { config, tokenizer, runner, eosTokenIds: config.eosTokenIds };
  } finally {
    graph.remove();
  }
}

/** Writes the graph and its weights to a folder of their own, which can go as soon as the session has mapped them. */
function writeGraph(
  modelPath: string,
  config: ModelConfig,
  options: Omit<LlamaGraphOptions, 'externalDataName'>,
): { path: string; remove: () => void } {
  const weights = Weights.open(modelPath);
  const folder = mkdtempSync(join(tmpdir(), 'frontier-graph-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const externalDataName = 'weights.bin';
    const data = new ExternalDataFile(join(folder, externalDataName));
    try {
      const path = join(folder, 'model.onnx');
      writeFileSync(path, buildLlamaGraph(config, weights, data, { ...options, externalDataName }));
      return { path, remove };
    } finally {
      data.close();
    }
  } catch (error) {
    remove();
    throw error;
  } finally {
    weights.close();
  }
}
