import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { rawBodyOf } from './raw-body.js';
import { type StandardHeaders, verifyLegacy, verifyStandard } from './signatures.js';
import { signatureInvalid, webhooksNotConfigured } from './webhooks.errors.js';
import { DEFAULT_TIMESTAMP_WINDOW_SEC, MODULE_OPTIONS_TOKEN, type WebhooksModuleOptions } from './webhooks.options.js';

const STANDARD_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
const LEGACY_HEADERS = ['x-timestamp', 'x-signature'];

/** Tells whether a request has the headers of a signature, so that its body is worth reading. */
export function hasSignature(headers: Readonly<Record<string, unknown>>): boolean {
  const has = (header: string): boolean => headers[header] !== undefined;
  return STANDARD_HEADERS.every(has) || LEGACY_HEADERS.every(has);
}

const signedIds = new WeakMap<object, string>();

/** The id that a message's signature covers: that of Standard Webhooks; the legacy signature covers the body alone. */
export function signedMessageId(request: object): string | undefined {
  return signedIds.get(request);
}

/**
 * Lets only messages pass whose bytes are signed: by the headers of Standard Webhooks, or by the legacy `X-Signature` and
 * `X-Timestamp`. It needs the raw bytes of the body: create the app with `rawBody: true`, or let the route's parser leave a Buffer in
 * `request.body`. Refusals give no reason.
 */
@Injectable()
export class WebhookSignatureGuard implements CanActivate {
  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly options: WebhooksModuleOptions) {}

  /** @throws `signature_invalid`, `webhooks_not_configured` */
  canActivate(context: ExecutionContext): true {
    const { secrets } = this.options;
    if (secrets.length === 0) throw webhooksNotConfigured();
    const request = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
    const { headers } = request;
    if (!hasSignature(headers)) throw signatureInvalid();
    const body = rawBodyOf(request);
    if (this.isStandard(headers, body)) signedIds.set(request, headers['webhook-id'] as string);
    else if (!this.isLegacy(headers, body)) throw signatureInvalid();
    return true;
  }

  private isStandard(headers: Record<string, unknown>, body: Uint8Array): boolean {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
    if (![id, timestamp, signature].every((header) => typeof header === 'string' && header !== '')) return false;
    const given = headers as unknown as StandardHeaders;
    return this.isRecent(given['webhook-timestamp']) && verifyStandard(this.options.secrets, given, body);
  }

  private isLegacy(headers: Record<string, unknown>, body: Uint8Array): boolean {
    const { 'x-signature': signature, 'x-timestamp': timestamp } = headers;
    if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
    return this.isRecent(timestamp) && verifyLegacy(this.options.secrets, timestamp, signature, body);
  }

  private isRecent(timestamp: string): boolean {
    if (!/^\d{1,12}$/.test(timestamp)) return false;
    const { timestampWindowSec = DEFAULT_TIMESTAMP_WINDOW_SEC } = this.options;
    return Math.abs(Date.now() / 1000 - Number(timestamp)) <= timestampWindowSec;
  }
}
