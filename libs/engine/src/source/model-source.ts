import type { EncoderDescription } from '../encoder/description/encoder-description.js';
import type { ChatTemplate } from '../model/chat-template.js';
import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import type { Precision } from '../graph/quantization/precision.js';
import type { TokenizerFiles } from '../text/tokenizer-files.js';
import type { GenerationConfig } from '../sampler/generation-config.js';
import type { OnnxSource } from './onnx-source.js';

/**
 * A model as it lies on disk, in whatever format.
 * @throws `model_invalid` when a file is damaged, `model_unsupported` when the engine cannot run what it describes; each message
 * names the file and its fault
 */
interface TextSource {
  /** Its vocabulary and how texts become tokens. */
  readTokenizer(): TokenizerFiles;
  readChatTemplate(): ChatTemplate;
  /** Digests of what outputs depend on beside the weights: tokens, ends of texts, chat templates. */
  textDigests(): string[];
}

/** A model whose weights are read, to build a graph of the engine's own. */
interface WeightsSource extends TextSource {
  /** The precision of a model whose options name none. */
  readonly defaultPrecision: Precision;
  /** Opens its weights; the caller closes them. */
  openWeights(): Weights;
}

/** A model that generates. */
export interface DecoderSource extends WeightsSource {
  readonly kind: 'decoder';
  /** The share of the layers' weights that int4 stores in 4 bits, at most: what has more in its file keeps 8. */
  int4Share(): number;
  /** The shape of the model. */
  readConfig(): ModelConfig;
  /** Its defaults for generation. */
  readGenerationConfig(): GenerationConfig;
}

/** A model that embeds or classifies texts. */
export interface EncoderSource extends WeightsSource {
  readonly kind: 'encoder';
  readEncoder(): EncoderDescription;
}

export type ModelSource = DecoderSource | EncoderSource | OnnxSource;
