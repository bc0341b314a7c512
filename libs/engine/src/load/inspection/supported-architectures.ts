import { servedEncoders } from '../../encoder/families/encoder-families.js';
import { servedDecoders } from '../../encoder/families/headless-decoder.js';
import { servedGgufs } from '../../gguf/model/gguf-architecture.js';

/** The architectures that are served, as their files name them. */
export interface SupportedArchitectures {
  /** In `config.json`, with safetensors: models that generate. */
  generate: string[];
  /** In `config.json`, with safetensors: models that embed, classify or rerank. */
  encode: string[];
  /** `general.architecture` of GGUF files. */
  gguf: string[];
}

export function supportedArchitectures(): SupportedArchitectures {
  return { generate: servedDecoders(), encode: servedEncoders(), gguf: servedGgufs() };
}
