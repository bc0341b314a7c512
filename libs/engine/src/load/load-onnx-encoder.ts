import { modelUnsupported } from '../errors/engine.errors.js';
import { type ChainStep, type EncoderChain, EncoderOutputs } from '../encoder/chain/encoder-outputs.js';
import { type OnnxEncoderDescription, readOnnxEncoder } from '../encoder/description/read-onnx-encoder.js';
import type { EncoderRunner } from '../encoder/runner/encoder-runner.js';
import { digest, fileDigest } from '../graph/digest.js';
import { FileFacts } from '../graph-store/file-facts.js';
import { ENCODER_IMPORT_VERSION, importEncoder, mixesRows, needsImport } from '../onnx/encoder/import-encoder.js';
import type { OnnxFile } from '../onnx/format/onnx-file.js';
import { readOnnxWeights } from '../onnx/format/onnx-weights.js';
import { intraOpThreads } from '../machine/intra-op-threads.js';
import type { OnnxSource } from '../source/onnx-source.js';
import { assertWeightsFit } from './memory/assert-weights-fit.js';
import type { LoadedEncoder } from './loaded-encoder.js';
import { assertOnCpu, graphCacheOf, type ModelOptions } from './model-options.js';
import { openGraph } from './open-graph.js';
import { refusing } from '../errors/refused-graph.js';
import { readDense } from './read-dense.js';

interface Described {
  description: OnnxEncoderDescription;
  inputTypes: Map<string, 'int32' | 'int64'>;
  isImported: boolean;
  isAlone: boolean;
  isQuantised: boolean;
  bytes: number;
  paths: string[];
}

/**
 * Loads an encoder that was exported to ONNX. Its file is run as it is where a text's result depends on that text alone; else a graph is made of
 * it.
 * @throws as `loadModel`
 */
export async function loadOnnxEncoder(source: OnnxSource, options: ModelOptions): Promise<LoadedEncoder> {
  const { path, threads = intraOpThreads() } = options;
  refuseOptions(options);
  const { description, inputTypes, isImported, isAlone, isQuantised, bytes, paths } = describe(source);
  const { facts, output, size, maxTokens, chain } = description;
  assertWeightsFit(path, bytes);
  const { ExportEncoderRunner } = await import('../encoder/runner/export-encoder-runner.js');
  const paddingToken = source.readConfig().tokenIds('pad_token_id')[0] ?? 0;
  const { vocabSize } = description;
  const limits = { vocabSize, maxTokens, maxTexts: options.maxBatchSize };
  const runnerOptions = { output, size, inputTypes, paddingToken, isAlone, threads, ...limits };
  const load = (graph: string): Promise<EncoderRunner> =>
    ExportEncoderRunner.load(graph, runnerOptions).catch(refusing(source.place.file));
  const cache = graphCacheOf(options);
  const opened = isImported
    ? await openGraph(
        {
          openWeights: () => source.open(),
          plan: (file: OnnxFile) => ({
            settings: { version: ENCODER_IMPORT_VERSION, output },
            build: (data, dataName) => importEncoder(file, output, data, dataName),
          }),
          cache,
        },
        load,
      )
    : {
        session: await load(source.place.file),
        origin: 'file' as const,
        weightsDigest: digest(paths.map((each) => new FileFacts(cache?.folder).of(each, 'sha256', fileDigest))),
        warnings: [],
      };
  const outputs = new EncoderOutputs(facts.task === 'embed' ? 'vector' : 'logits', readChain(chain), size);
  return {
    config: { architecture: description.architecture },
    facts,
    precision: isQuantised ? 'int8' : 'fp32',
    vocabSize: description.vocabSize,
    typeVocabSize: inputTypes.has('token_type_ids') ? description.typeVocabSize : 0,
    maxTokens: limitOf(maxTokens, options),
    runner: opened.session,
    outputs,
    provider: 'cpu',
    fingerprint: digest([opened.weightsDigest, ...source.textDigests()], {
      version: ENCODER_IMPORT_VERSION,
      isImported,
    }),
    graphOrigin: opened.origin,
    warnings: [
      ...source.place.warnings,
      ...description.warnings,
      ...(isAlone ? ['Its texts are computed one by one: it quantises a whole pass together.'] : []),
      ...source.readTokenizer().warnings,
      ...opened.warnings,
    ],
  };
}

function describe(source: OnnxSource): Described {
  const file = source.open();
  try {
    const { graph } = file.model;
    const inputTypes = new Map<string, 'int32' | 'int64'>();
    for (const { name, type } of graph.inputs) {
      if (type !== 'int32' && type !== 'int64')
        throw modelUnsupported(`${file.path}: the input "${name}" is no list of integers.`);
      inputTypes.set(name, type);
    }
    const isAlone = mixesRows(graph);
    return {
      description: readOnnxEncoder(file, source.place.folder, source.readConfig()),
      inputTypes,
      isImported: needsImport(graph) && !isAlone,
      isAlone,
      isQuantised: graph.nodes.some(({ operator }) => /Quantize|MatMulInteger|MatMulNBits/.test(operator)),
      bytes: readOnnxWeights(graph).bytes,
      paths: file.paths,
    };
  } finally {
    file.close();
  }
}

function readChain(chain: OnnxEncoderDescription['chain']): EncoderChain {
  if (!chain) return { pooling: [], includesPrompt: true, steps: [] };
  const steps = chain.modules.map((module): ChainStep =>
    module.type === 'normalize' ? 'normalize' : readDense(module),
  );
  return { pooling: chain.pooling, includesPrompt: chain.includesPrompt, steps };
}

function limitOf(longest: number, { contextLength = longest, path }: ModelOptions): number {
  if (contextLength <= longest) return contextLength;
  throw modelUnsupported(
    `The model in ${path} takes ${longest} tokens; its context length cannot be ${contextLength}.`,
  );
}

function refuseOptions({ path, precision, plugin, promptLookup, provider }: ModelOptions): void {
  if (precision !== undefined) {
    throw modelUnsupported(
      `The model in ${path} is an ONNX file, which has its precision: leave it out, or set dtype.`,
    );
  }
  if (plugin !== undefined) throw modelUnsupported(`The model in ${path} is an encoder, which takes no plugin.`);
  if (promptLookup) throw modelUnsupported(`The model in ${path} is an encoder: it has no prompt lookup.`);
  assertOnCpu('ONNX files', provider);
}
