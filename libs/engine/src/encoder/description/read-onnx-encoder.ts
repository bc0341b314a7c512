import { join } from 'node:path';
import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../../model/config-reader.js';
import type { OnnxFile } from '../../onnx/format/onnx-file.js';
import type { OnnxValueInfo } from '../../onnx/format/onnx-model.js';
import type { EncoderFacts, ModuleChain } from './encoder-description.js';
import { readClassifier } from './read-classifier.js';
import {
  architectureOf,
  MEAN,
  optionalFile,
  readMatryoshka,
  readMaxTokens,
  readPrompts,
  readSimilarity,
} from './read-encoder.js';
import { readModules } from './read-modules.js';

/** An encoder in an ONNX file, as the file and its folder describe it. */
export interface OnnxEncoderDescription {
  architecture: string;
  facts: EncoderFacts;
  vocabSize: number;
  typeVocabSize: number;
  maxTokens: number;
  /** The output that is taken. */
  output: string;
  /** Numbers of one of its vectors. */
  size: number;
  /** The modules that make the result of the output; absent where the output is the result. */
  chain?: ModuleChain;
  warnings: string[];
}

/** Inputs that are made of a text's tokens. */
const KNOWN_INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

/** Families whose first position is behind that of the padding. */
const OFFSET_FAMILIES = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet', 'xlm-roberta-xl']);

/**
 * Reads what an ONNX file and its folder say of the encoder in them.
 * @param config the folder's `config.json`
 * @throws `model_invalid`, `model_unsupported` naming the file and what is not computed
 */
export function readOnnxEncoder(file: OnnxFile, folder: string, config: ConfigReader): OnnxEncoderDescription {
  const { graph } = file.model;
  for (const { name } of graph.inputs) {
    if (KNOWN_INPUTS.has(name)) continue;
    throw modelUnsupported(`${file.path} takes the input "${name}", which is no part of an encoder that is served.`);
  }
  const output = outputOf(file);
  const isPooled = output.dims?.length === 2;
  const isClassifier = output.name === 'logits';
  if (isClassifier && !isPooled) {
    throw modelUnsupported(
      `${file.path} gives logits for each token, and not for a text. Set "task: tensor" to have them as they are.`,
    );
  }
  const settings = optionalFile(join(folder, 'config_sentence_transformers.json'));
  const warnings: string[] = [];
  const facts = isClassifier
    ? readClassifier(config)
    : { task: 'embed' as const, ...readSimilarity(settings), ...readMatryoshka(config) };
  const declared = output.dims?.at(-1);
  const size = typeof declared === 'number' ? declared : (facts.labels?.length ?? hiddenSizeOf(config));
  if (facts.labels && facts.labels.length !== size) {
    throw modelUnsupported(`${file.path} gives ${size} logits, but config.json names ${facts.labels.length} labels.`);
  }
  const modules = isPooled ? undefined : readModules(folder, () => size);
  if (!isPooled && !modules) {
    warnings.push(`${folder} has no modules.json: a text's vector is the mean of its tokens' vectors, not normalised.`);
  }
  return {
    architecture: architectureOf({ architectures: config.value('architectures') }) ?? 'unknown',
    facts: { ...facts, ...readPrompts(settings) },
    vocabSize: config.size('vocab_size'),
    typeVocabSize: config.size('type_vocab_size', 1),
    maxTokens: readMaxTokens(folder, optionalFile(join(folder, 'sentence_bert_config.json')), positionsOf(config)),
    output: output.name,
    size,
    ...(!isPooled && { chain: modules?.chain ?? MEAN }),
    warnings,
  };
}

function hiddenSizeOf(config: ConfigReader): number {
  return config.size('hidden_size', config.optionalSize('dim'));
}

/** The vector of the text where there is one, else those of its tokens. */
function outputOf({ path, model: { graph } }: OnnxFile): OnnxValueInfo {
  const named = ['sentence_embedding', 'logits', 'last_hidden_state', 'token_embeddings'];
  const byName = named.map((name) => graph.outputs.find((output) => output.name === name)).find((output) => output);
  const output = byName ?? graph.outputs[0];
  const rank = output?.dims?.length;
  if (output && (rank === 3 || (rank === 2 && byName))) return output;
  throw modelUnsupported(
    `${path} has no output of vectors: ${named.join(', ')}, or one of [texts, tokens, numbers]. It has ${graph.outputs.map(({ name }) => name).join(', ') || 'none'}.`,
  );
}

function positionsOf(config: ConfigReader): number {
  const positions = config.size('max_position_embeddings', 512);
  return OFFSET_FAMILIES.has(String(config.value('model_type')))
    ? positions - config.size('pad_token_id', 1) - 1
    : positions;
}
