import { DenseLayer, NormLayer } from '../encoder/chain/dense-layer.js';
import { type ChainStep, type EncoderChain, EncoderOutputs } from '../encoder/chain/encoder-outputs.js';
import type { EncoderDescription } from '../encoder/description/encoder-description.js';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';
import { digest } from '../graph/digest.js';
import type { Precision } from '../graph/quantization/precision.js';
import { MAX_WEIGHT, MAX_WEIGHT_WHERE_SATURATING } from '../graph/quantization/row-quantization.js';
import type { Weights } from '../model/weights.js';
import { intraOpThreads } from '../machine/intra-op-threads.js';
import { openModelSource } from '../source/open-model-source.js';
import { assertEncoderFits } from './memory/assert-encoder-fits.js';
import type { LoadedEncoder } from './loaded-encoder.js';
import { loadOnnxEncoder } from './load-onnx-encoder.js';
import { assertOnCpu, graphCacheOf, type ModelOptions } from './model-options.js';
import { openGraph } from './open-graph.js';
import { readDense } from './read-dense.js';
import { encoderVersions, planEncoder } from './plan-encoder.js';

/**
 * Loads an encoder: builds the graph from its weights and opens the native session. Blocks the event loop of this process.
 * @param onLayer called while the graph is built, with how many layers are of how many
 * @throws as `loadModel`
 */
export async function loadEncoder(
  options: ModelOptions,
  onLayer?: (layers: number, of: number) => void,
): Promise<LoadedEncoder> {
  const { path, threads = intraOpThreads(), provider = { name: 'cpu' } } = options;
  const source = openModelSource(path, options.dtype);
  if (source.kind === 'onnx') return loadOnnxEncoder(source, options);
  if (source.kind !== 'encoder') throw modelUnsupported(`The model in ${path} generates; it is no encoder.`);
  const description = source.readEncoder();
  const { config } = description;
  const maxTokens = limitOf(description, options);
  if (options.plugin !== undefined)
    throw modelUnsupported(`The model in ${path} is an encoder, which takes no plugin.`);
  if (options.promptLookup) throw modelUnsupported(`The model in ${path} is an encoder: it has no prompt lookup.`);
  const precision = precisionOf(options.precision ?? source.defaultPrecision, path);
  assertOnCpu('Encoders', provider);
  assertEncoderFits(config, { path, precision, maxTokens });
  // Not before they are needed: the server process, which never runs a model, does not load the native library.
  const { int8DotSaturates } = await import('../runner/onnx.js');
  const { OnnxEncoderRunner } = await import('../encoder/runner/onnx-encoder-runner.js');
  const maxWeight = (await int8DotSaturates()) ? MAX_WEIGHT_WHERE_SATURATING : MAX_WEIGHT;
  const graphOptions = { precision, maxWeight, maxTokens };
  let chain: EncoderChain | undefined;
  const opened = await openGraph(
    {
      openWeights: () => source.openWeights(),
      plan: (weights) => {
        chain = readChain(description, weights);
        return planEncoder(weights, { config, options: graphOptions, onLayer });
      },
      cache: graphCacheOf(options),
    },
    (graph) => OnnxEncoderRunner.load(graph, { hiddenSize: config.hiddenSize, threads, provider }),
  );
  return {
    config,
    facts: description.facts,
    precision,
    vocabSize: config.vocabSize,
    typeVocabSize: config.family === 'decoder' ? 0 : config.typeVocabSize,
    maxTokens,
    runner: opened.session,
    outputs: new EncoderOutputs(description.head ? 'logits' : 'vector', chain!, config.hiddenSize),
    provider: 'cpu',
    fingerprint: digest([opened.weightsDigest, ...source.textDigests()], {
      graphOptions,
      version: encoderVersions(config),
    }),
    graphOrigin: opened.origin,
    warnings: [
      ...description.warnings,
      ...lengthWarnings(description, options),
      ...source.readTokenizer().warnings,
      ...opened.warnings,
    ],
  };
}

function limitOf({ maxTokens, config }: EncoderDescription, { contextLength, path }: ModelOptions): number {
  if (contextLength === undefined) return maxTokens;
  if (contextLength <= config.maxPositions) return contextLength;
  throw modelInvalid(
    `The context length ${contextLength} exceeds the ${config.maxPositions} positions that the model in ${path} was made for.`,
  );
}

function lengthWarnings({ maxTokens, longestTokens }: EncoderDescription, { contextLength }: ModelOptions): string[] {
  if (contextLength !== undefined || maxTokens === longestTokens) return [];
  return [
    `Its longest text has ${maxTokens} of ${longestTokens} tokens, since a text is computed in one pass, which holds up others. Set context_length for more; ENGINE_HANG_TIMEOUT_MS must be longer than such a pass takes.`,
  ];
}

function precisionOf(precision: Precision, path: string): 'fp32' | 'int8' {
  if (precision !== 'int4') return precision;
  throw modelUnsupported(
    `The model in ${path} is an encoder, which has no int4 layers: take the precision int8 or fp32.`,
  );
}

function readChain({ head, chain, config, facts }: EncoderDescription, weights: Weights): EncoderChain {
  if (!head) {
    const steps = chain!.modules.map((module) => (module.type === 'normalize' ? 'normalize' : readDense(module)));
    return { pooling: chain!.pooling, includesPrompt: chain!.includesPrompt, steps };
  }
  const { hiddenSize } = config;
  const normEps = config.family === 'decoder' ? config.rmsNormEps : config.normEps;
  const steps = head.layers.flatMap(({ dense, activation, isInner, isBiased, norm }): ChainStep[] => {
    const rows = isInner ? hiddenSize : facts.labels!.length;
    const weight = weights.read(`${dense}.weight`, [rows, hiddenSize]).slice();
    const bias = isBiased ? weights.read(`${dense}.bias`, [rows]).slice() : undefined;
    const layer = new DenseLayer(weight, bias, hiddenSize, activation);
    return norm === undefined
      ? [layer]
      : [layer, new NormLayer(weights.read(`${norm}.weight`, [rows]).slice(), normEps)];
  });
  return { pooling: [head.pooling], includesPrompt: true, paddingToken: head.paddingToken, steps };
}
