import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileDigest } from '../graph/digest.js';

/** Digests of the files of a model folder beside its weights: configurations, tokenizer, chat templates. */
export function textFileDigests(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(json|jinja|txt|model)$/.test(name) && isFile(join(folder, name)))
    .toSorted()
    .map((name) => `${name} ${fileDigest(join(folder, name))}`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
