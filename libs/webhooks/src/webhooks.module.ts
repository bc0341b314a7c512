import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { WebhookInbox } from './webhook-inbox.js';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './webhooks.module-definition.js';
import type { WebhooksModuleOptions } from './webhooks.options.js';
import { WebhooksService } from './webhooks.service.js';

/** Receives signed messages: the guard of their route, and what hands them to their `@OnWebhook` methods. */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: WebhookInbox, useFactory: ({ inbox }: WebhooksModuleOptions) => inbox, inject: [MODULE_OPTIONS_TOKEN] },
    WebhookSignatureGuard,
    WebhooksService,
  ],
  exports: [WebhooksService, WebhookSignatureGuard, MODULE_OPTIONS_TOKEN],
})
export class WebhooksModule extends ConfigurableModuleClass {}
