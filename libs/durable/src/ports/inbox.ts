/** A message that was acknowledged with 202. */
export interface ReceivedMessage {
  id: string;
  type: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  digest: string;
  /** Response to it, and to each replay of it. */
  answer: WebhookResponse;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** The response to the sender of a message. */
export interface WebhookResponse {
  id: string;
  type: string;
  status: 'accepted';
  /** No handler has this type; the message is kept all the same. */
  unhandled?: true;
  /** The return value of its handler. */
  result?: unknown;
}

/** Bytes of received messages that are kept; beyond them, the oldest are forgotten. A message is some hundred bytes. */
export const MAX_MESSAGE_BYTES = 64 * 2 ** 20;

/** Received messages, kept durably. Port. */
export interface Inbox {
  find(id: string): Promise<ReceivedMessage | undefined>;
  /** Returns once it is durable; `false` where the id is known already. */
  keep(message: ReceivedMessage): Promise<boolean>;
}
