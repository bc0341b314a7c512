import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { optionalFile } from '../encoder/description/read-encoder.js';
import { modelInvalid } from '../errors/engine.errors.js';
import { type ChatTemplate, readChatTemplate } from '../model/chat-template.js';
import { ConfigReader } from '../model/config-reader.js';
import { readJsonFile } from '../model/json-file.js';
import { hasPast } from '../onnx/decoder/decoder-layout.js';
import { OnnxFile } from '../onnx/format/onnx-file.js';
import type { GenerationConfig } from '../sampler/generation-config.js';
import { lowerCased } from '../text/lower-cased.js';
import { readTokenizerFiles, type TokenizerFiles } from '../text/tokenizer-files.js';
import type { OnnxPlace } from './onnx-place.js';
import { readGenerationConfig } from './read-generation-config.js';
import { textFileDigests } from './text-file-digests.js';

/** A model in an ONNX file, with the files of the Hugging Face layout beside it where it works on texts. */
export class OnnxSource {
  readonly kind = 'onnx';

  constructor(readonly place: OnnxPlace) {}

  /** True for a model of tensors: without a tokenizer nothing makes inputs of texts. */
  get hasText(): boolean {
    return existsSync(join(this.place.folder, 'tokenizer.json'));
  }

  /** Opens the file; the caller closes it. */
  open(): OnnxFile {
    return new OnnxFile(this.place.file);
  }

  /** The work that the file is made for: with a past it generates, without it gives vectors or labels. */
  readTask(): 'generate' | 'encode' | 'tensor' {
    if (!this.hasText) return 'tensor';
    const file = this.open();
    try {
      const { graph } = file.model;
      if (hasPast(graph)) return 'generate';
      return graph.inputs.some(({ name }) => name === 'input_ids') ? 'encode' : 'tensor';
    } finally {
      file.close();
    }
  }

  /** `config.json`, or the part of it that describes the language model. */
  readConfig(): ConfigReader {
    const path = join(this.place.folder, 'config.json');
    const config = new ConfigReader(path, readJsonFile(path));
    return config.value('text_config') === undefined ? config : config.section('text_config');
  }

  readGenerationConfig(): GenerationConfig {
    return readGenerationConfig(this.place.folder);
  }

  readTokenizer(): TokenizerFiles {
    if (!this.hasText) throw modelInvalid(`${join(this.place.folder, 'tokenizer.json')} is missing.`);
    const { folder } = this.place;
    const files = readTokenizerFiles(folder, this.readConfig().size('vocab_size'));
    return optionalFile(join(folder, 'sentence_bert_config.json')).flag('do_lower_case') ? lowerCased(files) : files;
  }

  readChatTemplate(): ChatTemplate {
    return readChatTemplate(this.place.folder);
  }

  textDigests(): string[] {
    return textFileDigests(this.place.folder);
  }
}
