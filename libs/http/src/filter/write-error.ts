import type { AppError } from '@frontier/errors';
import { RateLimitError, setRateLimitHeaders } from '@frontier/rate-limit';
import { type HttpRequest, type HttpResponse, pathOf, requestIdOf } from '../context/http-exchange.js';
import { noteError, recordOf } from '../context/request-observer.js';
import { errorFormatOf } from '../errors/error-format.js';

/** Responds with an error, in the form of its route. */
export function writeError(error: AppError, request: HttpRequest, response: HttpResponse): void {
  const record = recordOf(request);
  if (record) noteError(record, error.code);
  if (error.status === 401) response.header('www-authenticate', 'Bearer');
  if (error instanceof RateLimitError) setRateLimitHeaders(response, error.unit, error.state);
  if (error.retryAfterMs !== undefined) {
    response.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
    response.header('retry-after-ms', Math.ceil(error.retryAfterMs));
  }
  const context = { path: pathOf(request), requestId: requestIdOf(request) };
  const { status, contentType, headers = {}, body } = errorFormatOf(request).format(error, context);
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
  // A string, because Fastify would otherwise look for a serializer of this content type.
  response.status(status).type(contentType).send(JSON.stringify(body));
}
