import type { Precision } from '../graph/quantization/precision.js';
import { type ChatTemplate, readChatTemplate } from '../model/chat-template.js';
import { readModelConfig, readVocabSize } from '../model/families/read-model-config.js';
import type { ModelConfig } from '../model/model-config.js';
import { SafetensorsWeights } from '../model/safetensors-weights.js';
import type { Weights } from '../model/weights.js';
import { readTokenizerFiles, type TokenizerFiles } from '../text/tokenizer-files.js';
import type { GenerationConfig } from '../sampler/generation-config.js';
import { readGenerationConfig } from './read-generation-config.js';
import type { DecoderSource } from './model-source.js';
import { textFileDigests } from './text-file-digests.js';

/** A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. */
export class HuggingFaceSource implements DecoderSource {
  readonly kind = 'decoder';
  readonly defaultPrecision: Precision = 'fp32';

  constructor(private readonly folder: string) {}

  int4Share(): number {
    return 1;
  }

  readConfig(): ModelConfig {
    return readModelConfig(this.folder);
  }

  readGenerationConfig(): GenerationConfig {
    return readGenerationConfig(this.folder);
  }

  readTokenizer(): TokenizerFiles {
    return readTokenizerFiles(this.folder, readVocabSize(this.folder));
  }

  readChatTemplate(): ChatTemplate {
    return readChatTemplate(this.folder);
  }

  openWeights(): Weights {
    return SafetensorsWeights.open(this.folder);
  }

  textDigests(): string[] {
    return textFileDigests(this.folder);
  }
}
