import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookSecret } from './webhook-secret.js';

type Body = string | Uint8Array;

/** The headers of a message (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). */
export interface StandardHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/**
 * Signs a message as Standard Webhooks says: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
 * @param timestamp seconds since 1970, of this attempt
 */
export function signStandard(secret: WebhookSecret, id: string, timestamp: number, body: Body): StandardHeaders {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${standardDigest(secret, id, String(timestamp), body).toString('base64')}`,
  };
}

/** Whether one of the signatures, separated by spaces, is that of one of the secrets. */
export function verifyStandard(
  secrets: readonly WebhookSecret[],
  { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures }: StandardHeaders,
  body: Body,
): boolean {
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice('v1,'.length), 'base64'));
  return anyMatches(
    secrets.map((secret) => standardDigest(secret, id, timestamp, body)),
    given,
  );
}

/** Signs a message as the seed says: the hexadecimal HMAC-SHA256 over `timestamp.body`. */
export function signSeed({ text }: WebhookSecret, timestamp: number, body: Body): string {
  return seedDigest(text, String(timestamp), body).toString('hex');
}

/** Whether a signature in hexadecimal is that of one of the secrets. */
export function verifySeed(
  secrets: readonly WebhookSecret[],
  timestamp: string,
  signature: string,
  body: Body,
): boolean {
  return anyMatches(
    secrets.map(({ text }) => seedDigest(text, timestamp, body)),
    [Buffer.from(signature, 'hex')],
  );
}

function standardDigest({ key }: WebhookSecret, id: string, timestamp: string, body: Body): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

function seedDigest(key: string, timestamp: string, body: Body): Buffer {
  return createHmac('sha256', key).update(`${timestamp}.`).update(body).digest();
}

/** Compares all with all, each in constant time. */
function anyMatches(expected: readonly Buffer[], given: readonly Buffer[]): boolean {
  let found = false;
  for (const digest of expected) {
    for (const signature of given) {
      if (signature.length === digest.length && timingSafeEqual(signature, digest)) found = true;
    }
  }
  return found;
}
