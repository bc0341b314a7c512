import type { ServerResponse } from 'node:http';

/** The part of a Fastify reply, or of an Express response, that limits use. */
export interface HttpReply {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
  /** Node's response, on Fastify; on Express the reply is that itself. */
  raw?: ServerResponse;
}

/** Calls back once when the response was sent, or its connection is closed. */
export function onClose(reply: HttpReply, listener: () => void): void {
  const response = reply.raw ?? (reply as unknown as ServerResponse);
  if (response.destroyed) listener();
  else response.once('close', listener);
}
