import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileDigest } from '../graph/digest.js';
import type { Precision } from '../graph/quantization/precision.js';
import { type ChatTemplate, readChatTemplate } from '../model/chat-template.js';
import { readModelConfig, readVocabSize } from '../model/families/read-model-config.js';
import type { ModelConfig } from '../model/model-config.js';
import { SafetensorsWeights } from '../model/safetensors-weights.js';
import type { Weights } from '../model/weights.js';
import { readTokenizerFiles, type TokenizerFiles } from '../text/tokenizer-files.js';
import type { GenerationConfig } from '../sampler/generation-config.js';
import { readGenerationConfig } from './read-generation-config.js';
import type { ModelSource } from './model-source.js';

/** A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. */
export class HuggingFaceSource implements ModelSource {
  readonly defaultPrecision: Precision = 'fp32';

  constructor(private readonly folder: string) {}

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
    return readdirSync(this.folder)
      .filter((name) => /\.(json|jinja|txt|model)$/.test(name) && isFile(join(this.folder, name)))
      .toSorted()
      .map((name) => `${name} ${fileDigest(join(this.folder, name))}`);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
