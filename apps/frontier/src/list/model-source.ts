import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type CachedModel, cachedModel, isHubReference, parseHubReference } from '@frontier/engine/hub';

/** The cached model of a server's source; undefined for a path, and for a model that is not in the cache. */
export function cachedSource(source: string, cache: string): CachedModel | undefined {
  if (!isHubReference(source)) return undefined;
  try {
    const { file, ...whole } = parseHubReference(source);
    // An ONNX file belongs to the model of its folder.
    return cachedModel(cache, { ...whole, ...(file?.toLowerCase().endsWith('.gguf') && { file }) });
  } catch {
    // A server may name anything as a source.
    return undefined;
  }
}

/** True where a server's source is this cached model: by any name of its commit, or by a path. */
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
