import { layerWeights, passWeightBytes } from '../../graph/pass-cost.js';
import { asEngineError } from '../../errors/engine.errors.js';
import { providerPrecisions } from '../../runner/provider.js';
import { intraOpThreads } from '../../machine/intra-op-threads.js';
import { openModelSource } from '../../source/open-model-source.js';
import type { ModelSource } from '../../source/model-source.js';
import { createVocabulary } from '../../text/text-tokenizer.js';
import { loadEncoder } from '../load-encoder.js';
import { loadModel } from '../load-model.js';
import { loadTensorModel } from '../load-tensor-model.js';
import { assertEncoderFits } from '../memory/assert-encoder-fits.js';
import { assertFits, gigabytes } from '../memory/assert-fits.js';
import { memoryLimit } from '../memory/memory-limit.js';
import type { ModelOptions } from '../model-options.js';
import { readModelMemory } from '../read-model-memory.js';

/** The steps of an inspection, in order; it ends at the first failure. */
export type InspectionStep = 'files' | 'architecture' | 'text' | 'memory' | 'load';

/** Result of a step. */
export interface InspectionResult {
  step: InspectionStep;
  /** The finding or, of a failure, the reason. */
  found: string;
  isFailure: boolean;
  /** Deviations from the model's files, and from what was asked for. */
  warnings: readonly string[];
}

/** Facts of a model's files; undefined where they are not known. */
export interface ModelFacts {
  architecture: string | undefined;
  task: 'generate' | 'encode' | 'tensor';
  precision: string | undefined;
  /** Tokens. */
  contextLength: number | undefined;
  /** Bytes of weights and process, about; without caches. */
  memory: number | undefined;
  /** Lower bound of a token's cost, for decoders: bytes of weights read by a pass, and operations. */
  pass: { bytes: number; operations: number } | undefined;
}

/**
 * Reads the facts of a model, as loading does, without its weights.
 * @throws as `loadModel`
 */
export function readModelFacts(options: ModelOptions): ModelFacts {
  const source = openModelSource(options.path, options.dtype);
  const task = taskOf(source);
  if (source.kind === 'onnx') {
    const memory = task === 'generate' ? readModelMemory(options) : undefined;
    return {
      architecture: undefined,
      task,
      precision: undefined,
      contextLength: undefined,
      memory: memory && memory.weights + memory.process,
      pass: undefined,
    };
  }
  const { weights, process } = readModelMemory(options);
  const facts = { task, precision: options.precision ?? source.defaultPrecision, memory: weights + process };
  if (source.kind === 'encoder') {
    const { config, maxTokens } = source.readEncoder();
    return {
      ...facts,
      architecture: config.architecture,
      contextLength: options.contextLength ?? maxTokens,
      pass: undefined,
    };
  }
  const config = source.readConfig();
  const { architecture, maxPositions, vocabSize, hiddenSize } = config;
  const pass = {
    bytes: passWeightBytes(config, facts.precision),
    operations: 2 * (layerWeights(config) + vocabSize * hiddenSize),
  };
  return { ...facts, architecture, contextLength: options.contextLength ?? maxPositions, pass };
}

/**
 * Inspects a model step by step, with the code that serves it, until a step fails; the last step loads and releases it.
 * @returns the steps as they end
 */
export async function* inspectModel(options: ModelOptions): AsyncGenerator<InspectionResult> {
  let source: ModelSource | undefined;
  const steps: readonly (readonly [InspectionStep, () => Found | Promise<Found>])[] = [
    ['files', () => describeFiles((source = openModelSource(options.path, options.dtype)))],
    ['architecture', () => describeArchitecture(source!)],
    ['text', () => describeText(source!)],
    ['memory', () => describeMemory(options, source!)],
    ['load', () => load(options, source!)],
  ];
  for (const [step, look] of steps) {
    try {
      const { found, warnings = [] } = await look();
      yield { step, found, isFailure: false, warnings };
    } catch (error) {
      const { message, code } = asEngineError(error);
      yield { step: faultyStep(step, code, message), found: message, isFailure: true, warnings: [] };
      return;
    }
  }
}

/** The step at fault: opening a model already reads its configuration, and a supported architecture may have a damaged file. */
function faultyStep(step: InspectionStep, code: string, message: string): InspectionStep {
  if (step === 'files' && code === 'model_unsupported' && message.includes('config.json')) return 'architecture';
  return step === 'architecture' && code === 'model_invalid' ? 'files' : step;
}

interface Found {
  found: string;
  warnings?: readonly string[];
}

function taskOf(source: ModelSource): ModelFacts['task'] {
  if (source.kind === 'onnx') return source.readTask();
  return source.kind === 'encoder' ? 'encode' : 'generate';
}

function describeFiles(source: ModelSource): Found {
  if (source.kind === 'onnx') return { found: `ONNX, ${source.place.file}`, warnings: source.place.warnings };
  const weights = source.openWeights();
  const count = weights.paths.length;
  weights.close();
  const format = /\.gguf$/i.test(weights.paths[0]) ? 'GGUF' : 'safetensors';
  return { found: `${format}, ${count === 1 ? '1 file' : `${count} files`} of weights` };
}

function describeArchitecture(source: ModelSource): Found {
  if (source.kind === 'onnx') return { found: `a graph of its own, to ${taskOf(source)}` };
  if (source.kind === 'encoder') {
    const { config, warnings } = source.readEncoder();
    return { found: `${config.architecture}, ${config.layers} layers`, warnings };
  }
  const { architecture, layers } = source.readConfig();
  return { found: `${architecture}, ${layers} layers` };
}

function describeText(source: ModelSource): Found {
  if (source.kind === 'onnx' && !source.hasText) return { found: 'none: it takes tensors' };
  const { json, warnings } = source.readTokenizer();
  createVocabulary(json);
  const hasTemplate = source.kind !== 'encoder' && source.readChatTemplate().source !== undefined;
  return { found: `a tokenizer${hasTemplate ? ' and a chat template' : ''}`, warnings };
}

function describeMemory(options: ModelOptions, source: ModelSource): Found {
  const limit = memoryLimit();
  if (source.kind === 'onnx' && taskOf(source) !== 'generate') {
    return { found: `this ${limit.of} has ${gigabytes(limit.bytes)}` };
  }
  const { weights, process, maxCacheTokens } = readModelMemory(options);
  const { path, precision } = options;
  let warning: string | undefined;
  if (source.kind === 'decoder') {
    const precisions = providerPrecisions('cpu', precision ?? source.defaultPrecision, options.prefillPrecision);
    const need = { path, wholeCacheTokens: maxCacheTokens, int4Share: source.int4Share(), ...precisions };
    ({ warning } = assertFits(source.readConfig(), need));
  } else if (source.kind === 'encoder') {
    const { config, maxTokens } = source.readEncoder();
    assertEncoderFits(config, { path, precision: precision === 'int8' ? 'int8' : 'fp32', maxTokens });
  }
  return {
    found: `about ${gigabytes(weights + process)} and its caches; this ${limit.of} has ${gigabytes(limit.bytes)}`,
    warnings: warning === undefined ? [] : [warning],
  };
}

async function load(options: ModelOptions, source: ModelSource): Promise<Found> {
  const startedAt = performance.now();
  const task = taskOf(source);
  const loaders = { generate: loadModel, encode: loadEncoder, tensor: loadTensorModel };
  const loaded = await loaders[task](options);
  await loaded.runner.release();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const threads = options.threads ?? intraOpThreads();
  return {
    found: `in ${seconds} s${threads === 0 ? '' : ` with ${threads} threads`}`,
    warnings: loaded.warnings,
  };
}
