import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Inbox } from '@frontier/durable';
import type { WebhookSecret } from './webhook-secret.js';

export interface WebhooksModuleOptions {
  /** Keeps received messages: a `DurableStorage`, or an inbox of your own. */
  inbox: Inbox;
  /** Verify messages; without any, messages are refused with `webhooks_not_configured`. */
  secrets: readonly WebhookSecret[];
  /** The largest difference between a message's timestamp and now, in seconds; default 300. */
  timestampWindowSec?: number;
}

export const DEFAULT_TIMESTAMP_WINDOW_SEC = 300;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<WebhooksModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
