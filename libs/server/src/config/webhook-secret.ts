import { configInvalid } from './config.errors.js';
import { isLoopback } from '@frontier/http/loopback';

/** Well-known default of the original contract. */
const WELL_KNOWN_SECRET = 'changeme-secret';

/** Secret that verifies webhooks and signs callbacks. */
export interface WebhookSecretSetting {
  /** Unset where webhooks are off. */
  value?: string;
  /** It is, or contains, the well-known default. */
  isWellKnown?: true;
  /** Warning for the operator, logged once at start. */
  warning?: string;
}

/**
 * The secret of webhooks. The well-known default serves on a loopback address only.
 * @throws `config_invalid` when it is set for an address that others can reach, or when one of several is empty
 */
export function resolveWebhookSecret(secret: string | undefined, host: string): WebhookSecretSetting {
  const parts = secret?.split(',').map((part) => part.trim());
  const known = parts === undefined || parts.includes(WELL_KNOWN_SECRET);
  if (isLoopback(host) && known) {
    const warning = `WEBHOOK_HMAC_SECRET is the well-known default: fine on ${host}, refused on any other address.`;
    return { value: secret ?? WELL_KNOWN_SECRET, isWellKnown: true, warning };
  }
  if (secret === undefined) return {};
  if (known) {
    throw configInvalid(
      `WEBHOOK_HMAC_SECRET="${WELL_KNOWN_SECRET}" is refused on ${host}, which others can reach: set a secret of your own.`,
    );
  }
  if (parts!.some((part) => part === '' || part === 'whsec_')) {
    throw configInvalid('WEBHOOK_HMAC_SECRET: one of the secrets is empty.');
  }
  return { value: secret };
}
