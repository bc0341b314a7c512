import type { Precision } from '../graph/quantization/precision.js';
import { GgufModel } from '../gguf/file/gguf-model.js';
import type { GgufMetadata } from '../gguf/gguf-metadata.js';
import { readGgufConfig } from '../gguf/model/gguf-config.js';
import { GgufWeights, int4ShareOf } from '../gguf/model/gguf-weights.js';
import { readGgufChatTemplate } from '../gguf/text/gguf-chat-template.js';
import { readGgufGenerationConfig } from '../gguf/text/gguf-generation-config.js';
import { readGgufTokenizer } from '../gguf/text/gguf-tokenizer.js';
import type { ChatTemplate } from '../model/chat-template.js';
import type { GenerationConfig } from '../sampler/generation-config.js';
import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import type { TokenizerFiles } from '../text/tokenizer-files.js';
import type { DecoderSource } from './model-source.js';

interface Description {
  metadata: GgufMetadata;
  config: ModelConfig;
  int4Share: number;
}

/** A GGUF file, or the first of several: all that a model is, in one format. */
export class GgufSource implements DecoderSource {
  readonly kind = 'decoder';
  /** Loses nothing of a file of 4 or 5 bits, and is fastest where prompts are long (docs/models.md). */
  readonly defaultPrecision: Precision = 'int8';

  private description: Description | undefined;

  constructor(private readonly path: string) {}

  int4Share(): number {
    return this.describe().int4Share;
  }

  readConfig(): ModelConfig {
    return this.describe().config;
  }

  readGenerationConfig(): GenerationConfig {
    return readGgufGenerationConfig(this.describe().metadata);
  }

  readTokenizer(): TokenizerFiles {
    const { metadata, config } = this.describe();
    return readGgufTokenizer(metadata, config.vocabSize);
  }

  readChatTemplate(): ChatTemplate {
    return readGgufChatTemplate(this.describe().metadata);
  }

  openWeights(): Weights {
    const model = GgufModel.open(this.path);
    try {
      return new GgufWeights(model, readGgufConfig(model));
    } catch (error) {
      model.close();
      throw error;
    }
  }

  /** None: the files of the weights are the whole model. */
  textDigests(): string[] {
    return [];
  }

  /** Read once, since passing over a vocabulary takes time; the metadata do not keep it. */
  private describe(): Description {
    if (this.description) return this.description;
    const model = GgufModel.open(this.path);
    try {
      return (this.description = {
        metadata: model.metadata,
        config: readGgufConfig(model),
        int4Share: int4ShareOf(model),
      });
    } finally {
      model.close();
    }
  }
}
