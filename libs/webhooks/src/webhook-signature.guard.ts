import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type StandardHeaders, verifySeed, verifyStandard } from './signatures.js';
import { signatureInvalid, webhooksNotConfigured } from './webhooks.errors.js';
import { MODULE_OPTIONS_TOKEN } from './webhooks.module-definition.js';
import { DEFAULT_TIMESTAMP_WINDOW_SEC, type WebhooksModuleOptions } from './webhooks.options.js';

interface SignedRequest {
  headers: Record<string, unknown>;
  /** The bytes of the body, as they came; `undefined` where there is none. */
  body?: Uint8Array;
}

const STANDARD_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
const LEGACY_HEADERS = ['x-timestamp', 'x-signature'];

/** Whether a request has the headers of a signature, so that its body is worth reading. */
export function hasSignature(headers: Readonly<Record<string, unknown>>): boolean {
  const has = (header: string): boolean => headers[header] !== undefined;
  return STANDARD_HEADERS.every(has) || LEGACY_HEADERS.every(has);
}

const signedIds = new WeakMap<object, string>();

/** The id of a message that is signed as Standard Webhooks says; the seed's signature is of the body alone. */
export function signedMessageId(request: object): string | undefined {
  return signedIds.get(request);
}

/**
 * Lets only messages pass whose bytes are signed: by the headers of Standard Webhooks, or the seed's `X-Signature` and
 * `X-Timestamp`. The route's body must be its raw bytes. What is wrong with a message is told to nobody.
 */
@Injectable()
export class WebhookSignatureGuard implements CanActivate {
  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly options: WebhooksModuleOptions) {}

  /** @throws `signature_invalid`, `webhooks_not_configured` */
  canActivate(context: ExecutionContext): true {
    const { secrets } = this.options;
    if (secrets.length === 0) throw webhooksNotConfigured();
    const { headers, body = new Uint8Array() } = context.switchToHttp().getRequest<SignedRequest>();
    const request = context.switchToHttp().getRequest<object>();
    if (this.isStandard(headers, body)) signedIds.set(request, headers['webhook-id'] as string);
    else if (!this.isSeed(headers, body)) throw signatureInvalid();
    return true;
  }

  private isStandard(headers: Record<string, unknown>, body: Uint8Array): boolean {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
    if (![id, timestamp, signature].every((header) => typeof header === 'string' && header !== '')) return false;
    const given = headers as unknown as StandardHeaders;
    return this.isRecent(given['webhook-timestamp']) && verifyStandard(this.options.secrets, given, body);
  }

  private isSeed(headers: Record<string, unknown>, body: Uint8Array): boolean {
    const { 'x-signature': signature, 'x-timestamp': timestamp } = headers;
    if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
    return this.isRecent(timestamp) && verifySeed(this.options.secrets, timestamp, signature, body);
  }

  private isRecent(timestamp: string): boolean {
    if (!/^\d{1,12}$/.test(timestamp)) return false;
    const { timestampWindowSec = DEFAULT_TIMESTAMP_WINDOW_SEC } = this.options;
    return Math.abs(Date.now() / 1000 - Number(timestamp)) <= timestampWindowSec;
  }
}
