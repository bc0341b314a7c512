import { setImmediate } from 'node:timers/promises';
import { AppError, isAppError } from '@frontier/errors';
import { isJsonWithin, invalidRequest, RequestValidationPipe, ValidatedBodyCache } from '@frontier/http';
import { EmbeddingRequest, ENCODER_ROUTES } from '@frontier/inference-http';
import { type Attachment, attachmentOf, MAX_ATTACHED_BYTES } from '@frontier/jobs';
import type { EncoderJobRequest } from './job.request.js';

const validation = new RequestValidationPipe(new ValidatedBodyCache());

/**
 * A request for a job with the body as the class of its route has it, which is checked.
 * @throws `invalid_request`, as the route does, with pointers into `body`
 */
export async function withValidBody(request: EncoderJobRequest): Promise<EncoderJobRequest> {
  const { type } = ENCODER_ROUTES[request.url];
  const body = await within('/body', () => validation.transform(request.body, { type: 'body', metatype: type }));
  // As text, numbers have four times the bytes.
  if (body instanceof EmbeddingRequest) body.encoding_format ??= 'base64';
  return Object.assign(request, { body });
}

/**
 * A body as the attachment of its job.
 * @throws `invalid_request` where it has more bytes than one may
 */
export async function attachedBody(body: object): Promise<Attachment> {
  const { input: limit } = MAX_ATTACHED_BYTES;
  // It was parsed and checked in this turn of the event loop, which takes about as long.
  await setImmediate();
  const attachment = isJsonWithin(body, limit)
    ? await attachmentOf([Buffer.from(JSON.stringify(body))], limit)
    : undefined;
  if (attachment) return attachment;
  throw invalidRequest([{ pointer: '/body', detail: `it has more than ${limit / 2 ** 20} MiB; send several jobs` }]);
}

/** The result of a function, whose errors get pointers to a part of the body. */
export async function within<T>(parent: string, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!isAppError(error) || !error.errors) throw error;
    const errors = error.errors.map(({ pointer, detail }) => ({ pointer: `${parent}${pointer}`, detail }));
    const { code, status, message } = error;
    throw code === 'invalid_request' ? invalidRequest(errors) : new AppError(message, { code, status, errors });
  }
}
