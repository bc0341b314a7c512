import { messageOf } from '@frontier/errors';
import { modelInvalid } from '../errors/engine.errors.js';
import { assertFetched } from './model-folder.js';
import { ReadableFile } from './readable-file.js';

/**
 * Reads a JSON object from a file.
 * @throws `model_invalid` naming the file when it is missing, unreadable or not a JSON object.
 */
export function readJsonFile(path: string): Record<string, unknown> {
  const value = readJsonValue(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw modelInvalid(`${path} does not hold a JSON object.`);
  }
  return value as Record<string, unknown>;
}

/**
 * Reads JSON of any kind from a file.
 * @throws `model_invalid` naming the file when it is missing, unreadable or not JSON
 */
export function readJsonValue(path: string): unknown {
  const bytes = ReadableFile.readWhole(path);
  assertFetched(path, bytes.subarray(0, 64));
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    throw modelInvalid(`${path} is not valid JSON: ${messageOf(error)}`, error);
  }
}
