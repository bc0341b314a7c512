import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { AppError, isAppError } from '@frontier/errors';

/** Codes that differ from the words of their status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'malformed_request',
  413: 'body_too_large',
  500: 'internal_error',
};

/** Statuses after which the same request may succeed. */
const RETRYABLE = new Set([408, 425, 429, 502, 503, 504]);

/** More helpful than the bare words of the status, which Fastify sends. */
const DETAILS: Readonly<Record<number, string>> = {
  415: 'Send the body as JSON, with Content-Type: application/json.',
};

const SERVER_FAULT = 'The server failed. The error is logged under this request id.';

/**
 * Any thrown value as the error that the caller gets. HTTP exceptions of Nest and errors of Fastify keep their status and
 * message; anything else becomes `internal_error`.
 */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const found = httpError(thrown);
  if (!found) return internalError(thrown);
  const { status, message } = found;
  const words = STATUS_CODES[status];
  return new AppError(message === undefined || message === words ? (DETAILS[status] ?? words ?? 'Error') : message, {
    code: CODES[status] ?? snakeCase(words ?? `http_${status}`),
    status,
    retryable: RETRYABLE.has(status),
    cause: thrown,
  });
}

/** A fault of the server that has no code of its own; the log has it under the id of the request. */
function internalError(cause: unknown): AppError {
  return new AppError(SERVER_FAULT, { code: 'internal_error', status: 500, cause });
}

interface HttpError {
  status: number;
  /** Absent: callers may see nothing but the status. */
  message?: string;
}

function httpError(thrown: unknown): HttpError | undefined {
  if (isHttpException(thrown)) {
    const status = thrown.getStatus();
    return isErrorStatus(status) ? { status, message: messageOfException(thrown) } : undefined;
  }
  if (!(thrown instanceof Error)) return undefined;
  const { statusCode, expose, code, message } = thrown as Error & Record<string, unknown>;
  if (!isErrorStatus(statusCode)) return undefined;
  const isFastifys = typeof code === 'string' && code.startsWith('FST_');
  const isTold = expose ?? (statusCode < 500 || (isFastifys && statusCode > 500));
  // The message of a server fault is not meant for callers.
  if (statusCode === 500 && !isTold) return undefined;
  return { status: statusCode, message: isTold ? message : undefined };
}

/** By its shape where it is of another copy of Nest. */
function isHttpException(thrown: unknown): thrown is HttpException {
  if (thrown instanceof HttpException) return true;
  const { getStatus, getResponse } = (thrown ?? {}) as Record<string, unknown>;
  return thrown instanceof Error && typeof getStatus === 'function' && typeof getResponse === 'function';
}

function messageOfException(exception: HttpException): string | undefined {
  const response: unknown = exception.getResponse();
  if (typeof response === 'string') return response;
  // As Nest itself does: an error that stands in place of a response is for the log.
  if (response instanceof Error) return undefined;
  const { message } = (response ?? {}) as { message?: unknown };
  if (Array.isArray(message)) return message.map(String).join('; ');
  return typeof message === 'string' || typeof message === 'number' ? String(message) : undefined;
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) < 600;
}

/** `I'm a Teapot` as `im_a_teapot`. */
function snakeCase(words: string): string {
  return words
    .toLowerCase()
    .replaceAll("'", '')
    .replaceAll(/[^a-z0-9]+/g, '_');
}
