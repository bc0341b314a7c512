import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type CachedModel, cachedModel, isHubReference, parseHubReference } from '@frontier/engine/hub';

/** The model of the cache that a server names as its source; `undefined` where it is a path, or not in the cache. */
export function cachedSource(source: string, cache: string): CachedModel | undefined {
  if (!isHubReference(source)) return undefined;
  try {
    const { file, ...whole } = parseHubReference(source);
    // An ONNX file is one of a folder's.
    return cachedModel(cache, { ...whole, ...(file?.toLowerCase().endsWith('.gguf') && { file }) });
  } catch {
    // A server may say anything.
    return undefined;
  }
}

/** Whether a server's source is a model of the cache: by any name of its commit, or by the path of its files. */
export function isSourceOf(source: string, { path }: CachedModel, cache: string): boolean {
  const place = isHubReference(source) ? cachedSource(source, cache)?.path : source;
  if (place === undefined) return false;
  const isPart = resolve(place).startsWith(resolve(path) + sep) && !place.toLowerCase().endsWith('.gguf');
  return isPart || realPath(place) === realPath(path);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
