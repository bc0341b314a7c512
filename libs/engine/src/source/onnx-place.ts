import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { modelInvalid } from '../errors/engine.errors.js';

/** Variants of a model in ONNX files, as the Hub names them; the first that is there is taken where none is named. */
export const DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16'] as const;
export type Dtype = (typeof DTYPES)[number];

/** Ends of the names of files: https://huggingface.co/docs/transformers.js/guides/dtypes */
const SUFFIX: Record<Dtype, string> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
};

/** Names of exports, the newest first. */
const NAMES = ['model', 'decoder_model_merged'];
const FOLDERS = ['onnx', '.'];

/** Where a model in ONNX lies. */
export interface OnnxPlace {
  /** The ONNX file. */
  file: string;
  /** The folder with the configuration and the tokenizer. */
  folder: string;
  /** Which variant was taken where none was named, and which others there are. */
  warnings: string[];
}

/** Where a variant of a model may lie in its folder, the most likely first. */
export function onnxPaths(dtype: Dtype): string[] {
  return FOLDERS.flatMap((inner) => NAMES.map((name) => posix.join(inner, `${name}${SUFFIX[dtype]}.onnx`)));
}

/** True if a path has the name of an ONNX file. */
export function isOnnxFile(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx') && existsSync(path);
}

/** The place of a model whose path is an ONNX file: what describes it lies beside it, or a folder above where it lies in `onnx`. */
export function placeOfFile(file: string): OnnxPlace {
  const beside = dirname(file);
  const isBelow = basename(beside) === 'onnx' && !existsSync(join(beside, 'config.json'));
  return { file, folder: isBelow ? dirname(beside) : beside, warnings: [] };
}

/**
 * The place of a model in a folder with ONNX files, in it or in its folder `onnx`; `undefined` where there are none.
 * @throws `model_invalid` where there are some, but none of the variant
 */
export function placeInFolder(folder: string, dtype?: Dtype): OnnxPlace | undefined {
  const found = new Map<Dtype, string>();
  for (const each of DTYPES) {
    const file = onnxPaths(each)
      .map((path) => join(folder, path))
      .find((path) => existsSync(path));
    if (file !== undefined) found.set(each, file);
  }
  const all = [...found].map(([name, file]) => `${name} (${relative(folder, file)})`);
  if (dtype !== undefined) {
    const file = found.get(dtype);
    if (file !== undefined) return { file, folder, warnings: [] };
    throw modelInvalid(`${folder} has no ONNX file of the dtype ${dtype}; it has ${all.join(', ') || 'none'}.`);
  }
  const [first] = found;
  if (!first) return onlyFile(folder);
  const [, file] = first;
  const warnings =
    all.length > 1 ? [`It serves ${all[0]}. There are ${all.slice(1).join(', ')} as well: set dtype.`] : [];
  return { file, folder, warnings };
}

/** The one ONNX file of a folder, whatever its name. */
function onlyFile(folder: string): OnnxPlace | undefined {
  const files = FOLDERS.flatMap((inner) => {
    const path = join(folder, inner);
    return existsSync(path)
      ? readdirSync(path)
          .filter((name) => name.endsWith('.onnx'))
          .map((name) => join(path, name))
      : [];
  });
  if (files.length === 0) return undefined;
  if (files.length === 1) return { file: files[0], folder, warnings: [] };
  const names = files.map((file) => relative(folder, file));
  throw modelInvalid(`${folder} holds several ONNX files: ${names.join(', ')}. Name one of them in "path".`);
}
