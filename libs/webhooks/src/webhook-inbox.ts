/** A message that was answered with 202. */
export interface ReceivedMessage {
  id: string;
  type: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  digest: string;
  answer: WebhookAnswer;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** What the sender of a message is told. */
export interface WebhookAnswer {
  id: string;
  type: string;
  status: 'accepted';
  /** Nobody handles messages of this type; it is kept all the same. */
  unhandled?: true;
  /** What its handler returned. */
  result?: unknown;
}

/** Remembers messages durably. Port. */
export interface WebhookInbox {
  find(id: string): Promise<ReceivedMessage | undefined>;
  /** Returns once it is durable; `false` where the id is known already. */
  keep(message: ReceivedMessage): Promise<boolean>;
}

export const WebhookInbox = Symbol('WebhookInbox');
