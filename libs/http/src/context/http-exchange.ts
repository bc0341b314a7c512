import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The common part of a Fastify and an Express request. */
export interface HttpRequest {
  headers: IncomingMessage['headers'];
  method: string;
  url: string;
  body?: unknown;
  ip?: string;
}

/** The common part of a Fastify reply and an Express response. */
export interface HttpResponse {
  getHeader(name: string): unknown;
  header(name: string, value: string | number): unknown;
  status(code: number): this;
  type(contentType: string): this;
  send(body: string): unknown;
}

/** Members that only one of the two has. */
interface Native {
  raw?: ServerResponse;
  id?: unknown;
  originalUrl?: string;
  routeOptions?: { url?: string };
  route?: { path?: string };
}

const requestIds = new WeakMap<object, string>();

/** Node's response, on which `close` is emitted. */
export function rawResponse(response: HttpResponse): ServerResponse {
  return (response as Native).raw ?? (response as unknown as ServerResponse);
}

/** Tests for a response that can no longer be written: it was sent, in whole or in part, or its caller has left. */
export function isAnswered(response: HttpResponse): boolean {
  const { headersSent, destroyed } = rawResponse(response);
  return headersSent || destroyed || (response as { sent?: boolean }).sent === true;
}

/** The id of a request: Fastify's, or the caller's `X-Request-ID` where it is short and harmless in a log line, or a new one. */
export function requestIdOf(request: HttpRequest): string {
  const { id } = request as Native;
  if (typeof id === 'string') return id;
  let known = requestIds.get(request);
  if (known === undefined) requestIds.set(request, (known = requestId(request)));
  return known;
}

/** The caller's request id if it is short and harmless in a log line, else a new UUID. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** The path of a request, without the query. */
export function pathOf(request: HttpRequest): string {
  return ((request as Native).originalUrl ?? request.url).split('?', 1)[0];
}

/** The pattern of a request's route, such as `/v1/jobs/:id`; `undefined` where there is no route. */
export function routeOf(request: HttpRequest): string | undefined {
  const { routeOptions, route } = request as Native;
  return routeOptions ? routeOptions.url : route?.path;
}
