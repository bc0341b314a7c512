import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';

const EXPECTED = 'A model is a folder in the Hugging Face layout: config.json, *.safetensors, tokenizer.json';

/**
 * Proves that a path leads to a folder.
 * @throws `model_invalid`, or `model_unsupported` for files of formats that are not served
 */
export function assertModelFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (!found) throw modelInvalid(`The model folder ${path} does not exist.`);
  const format = formatOf(path);
  if (format) throw modelUnsupported(`${path} is ${format}, which is not served. ${EXPECTED}.`);
  throw modelInvalid(`${path} is a file. ${EXPECTED}.`);
}

/** The error for a folder without `model.safetensors`, naming the format that it has instead. */
export function missingWeights(folder: string): Error {
  const names = readdirSync(folder);
  if (names.includes('adapter_model.safetensors')) {
    return modelUnsupported(
      `${folder} holds an adapter (adapter_model.safetensors). Merge it into its base model first.`,
    );
  }
  const shard = names.find((name) => name.endsWith('.safetensors'));
  if (shard) {
    return modelInvalid(
      `${join(folder, 'model.safetensors')} is missing, and so is model.safetensors.index.json, which lists shards such as ${shard}.`,
    );
  }
  const onnx = names.includes('onnx') ? 'onnx/' : names.find((name) => name.endsWith('.onnx'));
  const other = names.find((name) => formatOf(name));
  if (onnx) return modelUnsupported(`${folder} holds an ONNX export (${onnx}), which is not served. ${EXPECTED}.`);
  if (other) return modelUnsupported(`${folder} holds ${formatOf(other)}, ${other}, which is not served. ${EXPECTED}.`);
  return modelInvalid(`${join(folder, 'model.safetensors')} is missing.`);
}

function formatOf(path: string): string | undefined {
  const name = basename(path).toLowerCase();
  if (name.endsWith('.gguf')) return 'a GGUF file';
  if (name.endsWith('.onnx')) return 'an ONNX file';
  if (/\.(bin|pt|pth|ckpt)$/.test(name)) return 'a PyTorch checkpoint';
  if (/\.(h5|msgpack|tflite)$/.test(name)) return 'a checkpoint of another framework';
  return name.endsWith('.safetensors') ? 'a single safetensors file' : undefined;
}

/** The first line of a Git LFS pointer, which stands for a file that was not fetched (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
const LFS_HEADER = 'version https://git-lfs.github.com/spec/';

/**
 * Proves that a file is not the pointer that Git LFS leaves in its place.
 * @throws `model_invalid`
 */
export function assertFetched(path: string, begin: Uint8Array): void {
  if (!Buffer.from(begin).toString('latin1').startsWith(LFS_HEADER)) return;
  throw modelInvalid(
    `${path} is a Git LFS pointer, not the file itself. Run "git lfs pull" in its folder, or download it.`,
  );
}
