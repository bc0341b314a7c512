/** The thread of {@link JsonThread}. */
import { parentPort } from 'node:worker_threads';
import { isAppError } from '@frontier/errors';
import type { JsonResult, JsonTask } from './json-thread.js';
import { parseBody } from './parse-body.js';

parentPort!.on('message', ({ bytes, limits }: JsonTask) => parentPort!.postMessage(resultOf(bytes, limits)));

function resultOf(bytes: Uint8Array, limits: JsonTask['limits']): JsonResult {
  try {
    return { parsed: parseBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), limits) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { error: error.serialize() };
  }
}
