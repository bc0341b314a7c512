import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

const IDEMPOTENCY_KEY = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description:
    'Requests with the same key and body run once; later ones get the response of the first, with `Idempotent-Replayed: true`. It is kept for 24 hours, if it has no more than 2 MiB and your answers leave room for it: your oldest are given up first.',
});

/**
 * Documents the request headers of the routes that generate.
 * @param isIdempotent whether they read `Idempotency-Key`
 */
export const ApiRequestHeaders = ({ isIdempotent = true } = {}) =>
  applyDecorators(
    ApiHeader({ name: 'X-Request-ID', required: false, description: 'Your id of this request, returned and logged.' }),
    ApiHeader({
      name: 'X-Request-Timeout-Ms',
      required: false,
      description: 'Milliseconds that you wait for the response; at most what the server allows.',
    }),
    ...(isIdempotent ? [IDEMPOTENCY_KEY] : []),
    ApiHeader({
      name: 'Cache-Control',
      required: false,
      description:
        '`no-cache`: generate anew; `no-store`: nor cache the completion; `max-age`: accept no older completion, in seconds.',
    }),
  );
