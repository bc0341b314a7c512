import { posix } from 'node:path';
import { type Dtype, DTYPES, onnxPaths } from '../source/onnx-place.js';
import { type HubError, hubError } from './reference/hub-error.js';
import { type HubReference, hubReferenceText } from './reference/hub-reference.js';

/** Configuration, tokenizer and chat templates, in the model's folder or in those of its modules (sentence-transformers). */
const DESCRIPTION =
  /^(\d+_\w+\/)?([\w.-]+\.json|[\w.-]+\.jinja|vocab\.txt|merges\.txt)$|^additional_chat_templates\/[\w.-]+\.jinja$/;
const WEIGHTS = /^(\d+_\w+\/)?model(-\d{5}-of-\d{5})?\.safetensors$/;
const SHARD = /-\d{5}-of-(\d{5})\.(safetensors|gguf)$/;
/** The largest tokenizers have half of it. */
const MAX_DESCRIPTION_BYTES = 64 * 2 ** 20;

interface File {
  path: string;
  bytes: number;
}

/**
 * The files of a repository that a model needs here: the one that the reference names, with its further parts; else what describes it, and its safetensors,
 * or, where there are none or a `dtype` is asked for, one ONNX file.
 * @throws `HubError` where there is no such model, or where several GGUF files could be meant
 */
export function chooseFiles<T extends File>(files: readonly T[], reference: HubReference, dtype?: Dtype): T[] {
  const { file } = reference;
  const subject = hubReferenceText(reference);
  const described = files.filter(({ path, bytes }) => DESCRIPTION.test(path) && bytes <= MAX_DESCRIPTION_BYTES);
  if (file !== undefined) {
    if (!files.some(({ path }) => path === file)) throw noSuchFile(files, file, subject);
    if (file.toLowerCase().endsWith('.gguf')) return shardsOf(files, file, subject);
    if (file.toLowerCase().endsWith('.onnx')) return [...described, ...onnxOf(files, file)];
    throw hubError('reference', `${subject}: name a .gguf or .onnx file, or the whole model.`);
  }
  const weights = files.filter(({ path }) => WEIGHTS.test(path));
  if (weights.length > 0 && dtype === undefined) {
    const inFolders = Map.groupBy(weights, ({ path }) => posix.dirname(path));
    const used = [...inFolders.values()].flatMap((ofFolder) => {
      const whole = ofFolder.find(({ path }) => !SHARD.test(path));
      return whole ? [whole] : shardsOf(ofFolder, ofFolder[0].path, subject);
    });
    return [...described, ...used];
  }
  const wanted = dtype === undefined ? DTYPES : [dtype];
  const onnx = wanted.flatMap(onnxPaths).find((candidate) => files.some(({ path }) => path === candidate));
  if (onnx !== undefined) return [...described, ...onnxOf(files, onnx)];
  throw noModel(files, subject, dtype);
}

function onnxOf<T extends File>(files: readonly T[], file: string): T[] {
  return files.filter(
    ({ path }) => path === file || (path.startsWith(file) && /^[._]data(_\d+)?$/.test(path.slice(file.length))),
  );
}

/** All parts of a file that may be one of several. */
function shardsOf<T extends File>(files: readonly T[], file: string, subject: string): T[] {
  const [end, total] = SHARD.exec(file) ?? [];
  if (end === undefined) return files.filter(({ path }) => path === file);
  const shards = files.filter(
    ({ path }) => path.replace(SHARD, '') === file.replace(SHARD, '') && SHARD.exec(path)?.[1] === total,
  );
  if (shards.length === Number(total)) return shards;
  throw hubError('no_model', `${subject}: ${shards.length} of the ${Number(total)} parts of ${file} are there.`);
}

function noSuchFile(files: readonly File[], file: string, subject: string): HubError {
  const names = files.map(({ path }) => path).filter((path) => /\.(gguf|onnx)$/i.test(path));
  const others = names.length > 0 ? `It has ${listed(names)}.` : 'It has no .gguf or .onnx file.';
  return hubError('not_found', `${subject}: there is no file ${file}. ${others}`);
}

function noModel(files: readonly File[], subject: string, dtype: Dtype | undefined): HubError {
  const names = files.map(({ path }) => path);
  const ggufs = names.filter((name) => name.toLowerCase().endsWith('.gguf'));
  const onnx = names.filter((name) => name.endsWith('.onnx'));
  if (dtype !== undefined) {
    const others = onnx.length > 0 ? `its ONNX files are ${listed(onnx)}` : 'it has no ONNX files';
    return hubError('no_model', `${subject} has no ONNX file of the dtype ${dtype}; ${others}.`);
  }
  if (ggufs.length > 0) return hubError('no_model', `${subject} has GGUF files: name one, of ${listed(ggufs)}.`);
  if (onnx.length > 0) return hubError('no_model', `${subject} has ONNX files: name one, of ${listed(onnx)}.`);
  const pickled = names.some((name) => /\.(bin|pt|pth)$/.test(name))
    ? ' Its weights are pickled, which is not read.'
    : '';
  return hubError('no_model', `${subject} has neither model.safetensors nor GGUF or ONNX files.${pickled}`);
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${first} and ${names.length - 8} more` : first;
}
