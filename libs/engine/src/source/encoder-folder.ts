import { join } from 'node:path';
import type { EncoderDescription } from '../encoder/description/encoder-description.js';
import { readEncoder } from '../encoder/description/read-encoder.js';
import { fileDigest } from '../graph/digest.js';
import type { Precision } from '../graph/quantization/precision.js';
import { type ChatTemplate, readChatTemplate } from '../model/chat-template.js';
import { SafetensorsWeights } from '../model/safetensors-weights.js';
import { headlessTensorName } from '../model/text-tensors.js';
import type { Weights } from '../model/weights.js';
import { readTokenizerFiles, type TokenizerFiles } from '../text/tokenizer-files.js';
import type { EncoderSource } from './model-source.js';
import { lowerCased } from '../text/lower-cased.js';
import { textFileDigests } from './text-file-digests.js';

/** An encoder, or a decoder that embeds, in the Hugging Face layout, with or without the files of sentence-transformers beside it. */
export class EncoderFolder implements EncoderSource {
  readonly kind = 'encoder';
  readonly defaultPrecision: Precision = 'fp32';
  private description: EncoderDescription | undefined;

  constructor(private readonly folder: string) {}

  readEncoder(): EncoderDescription {
    return (this.description ??= readEncoder(this.folder));
  }

  readTokenizer(): TokenizerFiles {
    const { folder, config, lowersCase } = this.readEncoder();
    const files = readTokenizerFiles(folder, config.vocabSize);
    return lowersCase ? lowerCased(files) : files;
  }

  readChatTemplate(): ChatTemplate {
    return readChatTemplate(this.readEncoder().folder);
  }

  openWeights(): Weights {
    const { folder, config } = this.readEncoder();
    return SafetensorsWeights.open(folder, config.family === 'decoder' ? headlessTensorName : undefined);
  }

  textDigests(): string[] {
    const { folder, chain } = this.readEncoder();
    const folders = new Set([this.folder, folder]);
    const modules = (chain?.modules ?? []).flatMap((module) =>
      module.type === 'dense' ? [`dense ${fileDigest(join(module.folder, 'model.safetensors'))}`] : [],
    );
    return [...[...folders].flatMap(textFileDigests), JSON.stringify(chain ?? null), ...modules];
  }
}
