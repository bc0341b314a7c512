import type { IncomingMessage } from 'node:http';
import { AppError } from '@frontier/errors';
import { bodyTooLarge } from '../errors/http.errors.js';

const NOTHING = Buffer.alloc(0);

interface ReadBodyOptions {
  maxBytes: number;
  /** Called before so much more memory is taken; throws where there is no room for it. */
  hold(bytes: number): void;
}

/**
 * The bytes of a request's body, once all have arrived.
 * @throws `body_too_large` as soon as that is known, `malformed_request` where the connection ends first, and what `hold` throws
 */
export function readBody(request: IncomingMessage, { maxBytes, hold }: ReadBodyOptions): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBytes) return Promise.reject(bodyTooLarge(maxBytes));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // One buffer that grows: a client may send every byte as a piece of its own, each of which would be an object.
  let kept: Buffer = NOTHING;
  let bytes = 0;
  const keep = (chunk: Buffer): void => {
    const needed = bytes + chunk.length;
    if (needed > maxBytes) throw bodyTooLarge(maxBytes);
    if (bytes === 0 && needed === length) {
      // All of it in one piece, as most bodies come.
      hold(needed);
      kept = chunk;
      bytes = needed;
      return;
    }
    if (needed > kept.length) {
      const size = Math.min(Math.max(needed, 2 * kept.length), maxBytes);
      hold(size - kept.length);
      const larger = Buffer.allocUnsafe(size);
      kept.copy(larger, 0, 0, bytes);
      kept = larger;
    }
    chunk.copy(kept, bytes);
    bytes = needed;
  };
  let isRefused = false;
  request.on('data', (chunk: Buffer) => {
    // The rest is ignored.
    if (isRefused) return;
    try {
      keep(chunk);
    } catch (error) {
      isRefused = true;
      reject(error as Error);
    }
  });
  let hasEnded = false;
  request.once('end', () => {
    hasEnded = true;
    resolve(kept.subarray(0, bytes));
  });
  request.once('close', () => {
    if (!hasEnded) reject(cutShort());
  });
  return promise;
}

/** The connection ended before the body was complete; seen in logs only. */
function cutShort(): AppError {
  return new AppError('The connection ended before the body was complete.', { code: 'malformed_request', status: 400 });
}
