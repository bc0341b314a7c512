import type { WebhookInbox } from './webhook-inbox.js';
import type { WebhookSecret } from './webhook-secret.js';

export interface WebhooksModuleOptions {
  /** Where messages are remembered. */
  inbox: WebhookInbox;
  /** What verifies messages; none: they are refused with `webhooks_not_configured`. */
  secrets: readonly WebhookSecret[];
  /** How far a message's timestamp may be from now, in seconds; default 300. */
  timestampWindowSec?: number;
}

export const DEFAULT_TIMESTAMP_WINDOW_SEC = 300;
