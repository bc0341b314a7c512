import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { WebhookSecret } from './webhook-secret.js';

type Body = string | Uint8Array;

/** The headers of a message (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). */
export interface StandardHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/**
 * The headers of a message signed as Standard Webhooks says.
 * @param timestamp seconds since 1970, of this attempt
 */
export function signStandard(secret: WebhookSecret, id: string, timestamp: number, body: Body): StandardHeaders {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': standardSignature(secret, id, timestamp, textOrBuffer(body)),
  };
}

/**
 * Tells whether one of the signatures, separated by spaces, is that of one of the secrets. The library's `verify` has a fixed window for the
 * timestamp, so the signature is compared here.
 */
export function verifyStandard(
  secrets: readonly WebhookSecret[],
  { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures }: StandardHeaders,
  body: Body,
): boolean {
  const signed = textOrBuffer(body);
  // The library signs text: bytes that are none would share the signature of other bytes.
  if (typeof signed !== 'string' && !isUtf8(signed)) return false;
  return anyMatches(
    secrets.map((secret) => Buffer.from(standardSignature(secret, id, Number(timestamp), signed))),
    signatures.split(' ').map((signature) => Buffer.from(signature)),
  );
}

/** The legacy signature of the original contract: the hexadecimal HMAC-SHA256 over `timestamp.body`. */
export function signLegacy(secret: WebhookSecret, timestamp: number, body: Body): string {
  return legacyDigest(secret, String(timestamp), body).toString('hex');
}

/** Tells whether a legacy signature is that of one of the secrets. */
export function verifyLegacy(
  secrets: readonly WebhookSecret[],
  timestamp: string,
  signature: string,
  body: Body,
): boolean {
  return anyMatches(
    secrets.map((secret) => legacyDigest(secret, timestamp, body)),
    [Buffer.from(signature, 'hex')],
  );
}

function standardSignature({ key }: WebhookSecret, id: string, timestamp: number, body: string | Buffer): string {
  return new Webhook(key, { format: 'raw' }).sign(id, new Date(timestamp * 1000), body);
}

function legacyDigest({ text }: WebhookSecret, timestamp: string, body: Body): Buffer {
  return createHmac('sha256', text).update(`${timestamp}.`).update(body).digest();
}

/** The types of a body that the library takes. */
function textOrBuffer(body: Body): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Compares all with all, each in constant time. */
function anyMatches(expected: readonly Buffer[], given: readonly Buffer[]): boolean {
  let found = false;
  for (const one of expected) {
    for (const signature of given) {
      if (signature.length === one.length && timingSafeEqual(signature, one)) found = true;
    }
  }
  return found;
}
