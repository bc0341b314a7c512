import { keyHeaders, keyNumber, refuseKey } from './key.js';

/** An error response of the server, in any of its formats. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    /** From `retry-after`; `undefined`: the server does not say. */
    readonly retryAfterMs?: number,
    /** From `x-should-retry`. */
    readonly isRetryable: boolean = false,
  ) {
    super(message);
  }
}

/** The server could not be reached. */
export class ConnectionError extends ApiError {
  constructor() {
    super('The server cannot be reached.', 0, 'no_connection', undefined, true);
  }
}

/** The text that an error is shown with. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : String(error);
}

/** The URL of an API route, below whatever prefix the page itself is. */
export function apiUrl(path: string): string {
  return new URL(`..${path}`, new URL('.', location.href)).href;
}

/**
 * Sends a request with the key.
 * @returns a response with a status of success
 * @throws {ApiError} for any other, {@link ConnectionError} where there is none; an abort as it is
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  const sentWith = keyNumber.peek();
  try {
    response = await fetch(apiUrl(path), { ...init, headers: { ...keyHeaders(), ...init.headers }, cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ConnectionError();
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  // A key that was given meanwhile was not refused.
  if (error.status === 401 && keyNumber.peek() === sentWith) refuseKey();
  throw error;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await send(path, { signal })).json()) as T;
}

export async function postJson<T>(path: string, body?: object): Promise<T> {
  return (await (await sendJson(path, body)).json()) as T;
}

export function sendJson(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const init = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return send(path, { method: 'POST', signal, ...init });
}

interface ErrorBody {
  error?: { message?: string; code?: string | null; type?: string };
  detail?: string;
  title?: string;
  code?: string;
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const message = body.error?.message ?? body.detail ?? body.title ?? `The server answered ${response.status}.`;
  const code = body.error?.code ?? body.code ?? body.error?.type ?? String(response.status);
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  const isRetryable = response.headers.get('x-should-retry') === 'true' || retryAfterMs !== undefined;
  return new ApiError(message, response.status, code, retryAfterMs, isRetryable);
}
