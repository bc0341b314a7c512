import { readFileSync } from 'node:fs';
import { isAppError, messageOf } from '@frontier/errors';
import { modelInvalid } from '../errors/engine.errors.js';
import { assertFetched } from './model-folder.js';

/**
 * Reads a JSON object from a file.
 * @throws `model_invalid` naming the file when it is missing, unreadable or not a JSON object.
 */
export function readJsonFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    const bytes = readFileSync(path);
    assertFetched(path, bytes.subarray(0, 64));
    text = bytes.toString('utf8');
  } catch (error) {
    if (isAppError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw modelInvalid(`${path} is missing.`, error);
    throw modelInvalid(`${path} cannot be read: ${messageOf(error)}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw modelInvalid(`${path} is not valid JSON: ${messageOf(error)}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw modelInvalid(`${path} does not hold a JSON object.`);
  }
  return value as Record<string, unknown>;
}
