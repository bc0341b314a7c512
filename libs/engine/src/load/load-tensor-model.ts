import { modelUnsupported } from '../errors/engine.errors.js';
import { digest, fileDigest } from '../graph/digest.js';
import { FileFacts } from '../graph-store/file-facts.js';
import { readOnnxWeights } from '../onnx/format/onnx-weights.js';
import { hasQuantisingInside, isQuantising } from '../onnx/rewrite/row-products.js';
import { intraOpThreads } from '../machine/intra-op-threads.js';
import { openModelSource } from '../source/open-model-source.js';
import type { TensorRunner } from '../tensors/tensor-runner.js';
import { assertWeightsFit } from './memory/assert-weights-fit.js';
import { assertOnCpu, type ModelOptions } from './model-options.js';

/** A model of tensors that an engine can work with. */
export interface LoadedTensorModel {
  runner: TensorRunner;
  /** A SHA-256 of its files: outputs of equal ones to equal requests are equal. */
  fingerprint: string;
  /** The name of its graph. */
  architecture: string;
  /** Deviations from what was asked for. */
  warnings: string[];
}

/**
 * Loads any ONNX file, to be run as it is.
 * @throws as `loadModel`
 */
export async function loadTensorModel(options: ModelOptions): Promise<LoadedTensorModel> {
  const { path, dtype, threads = intraOpThreads(), graphCache } = options;
  const source = openModelSource(path, dtype);
  if (source.kind !== 'onnx')
    throw modelUnsupported(`The model in ${path} is no ONNX file, so that it takes no tensors.`);
  refuseOptions(options);
  const file = source.open();
  const { name } = file.model.graph;
  const { bytes } = readOnnxWeights(file.model.graph);
  const { paths } = file;
  const mixesRows = file.model.graph.nodes.some((node) => isQuantising(node) || hasQuantisingInside(node));
  file.close();
  assertWeightsFit(path, bytes);
  const facts = new FileFacts(graphCache);
  const fingerprint = digest(paths.map((each) => facts.of(each, 'sha256', fileDigest)));
  // Not before it is needed: the server process, which never runs a model, does not load the native library.
  const { OnnxTensorRunner } = await import('../tensors/onnx-tensor-runner.js');
  const runner = await OnnxTensorRunner.load(source.place.file, threads, mixesRows);
  return { runner, fingerprint, architecture: name || 'unknown', warnings: source.place.warnings };
}

function refuseOptions({ path, precision, plugin, promptLookup, contextLength, provider }: ModelOptions): void {
  assertOnCpu('ONNX files', provider);
  const given = {
    precision,
    plugin,
    'speculation.prompt_lookup': promptLookup || undefined,
    context_length: contextLength,
  };
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined)
      throw modelUnsupported(`The model in ${path} takes tensors, and has no ${key}. Leave it out.`);
  }
}
