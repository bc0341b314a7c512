import { jsonFault } from '@frontier/errors';
import { messageInvalid, messageMalformed } from './webhooks.errors.js';

/** A message of a sender. */
export interface WebhookMessage {
  /** Unique for the sender: a message that comes again has the same. */
  id: string;
  /** The kind of event, as `inference.requested`. */
  type: string;
  /** The time of the event: seconds since 1970, or a text in ISO 8601. */
  timestamp: number | string;
  payload: unknown;
}

/** Ids and types are keys and labels. */
const NAME = /^[\x21-\x7e]{1,256}$/;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a message of either form: the original contract's `{id, type, payload, timestamp}`, or that of Standard Webhooks, `{type, timestamp,
 * data}`, whose id is in the header `webhook-id`.
 *
 * @throws `malformed_request` when it is no JSON in UTF-8, `invalid_request` naming the field
 */
export function readWebhookMessage(body: Uint8Array, idHeader: string | undefined): WebhookMessage {
  const parsed = parse(body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw messageInvalid('', 'it must be a JSON object');
  }
  const { id: own, type, payload, data, timestamp } = parsed as Record<string, unknown>;
  const id = idHeader ?? own;
  if (typeof id !== 'string' || !NAME.test(id)) {
    throw messageInvalid('/id', 'id, or the header webhook-id, must be 1 to 256 printable characters');
  }
  if (typeof type !== 'string' || !NAME.test(type)) {
    throw messageInvalid('/type', 'type must be 1 to 256 printable characters');
  }
  if (typeof timestamp !== 'number' && typeof timestamp !== 'string') {
    throw messageInvalid('/timestamp', 'timestamp must be seconds since 1970, or a time in ISO 8601');
  }
  return { id, type, timestamp, payload: payload ?? data };
}

function parse(body: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw messageMalformed('it is not UTF-8');
  }
  let parsed: unknown;
  let isWellFormed = true;
  const check = (key: string, value: unknown): unknown => {
    isWellFormed &&= key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
    return value;
  };
  try {
    // Half a surrogate pair cannot come in UTF-8 but as an escape.
    parsed = JSON.parse(text, /\\ud[89a-f]/i.test(text) ? check : undefined);
  } catch (error) {
    throw messageMalformed(text === '' ? 'it is empty' : jsonFault(error));
  }
  if (!isWellFormed) throw messageInvalid('', 'its texts must be well-formed Unicode, without lone surrogates');
  return parsed;
}
