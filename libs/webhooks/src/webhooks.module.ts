import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './webhooks.options.js';
import { WebhooksService } from './webhooks.service.js';

/** Receives signed messages: the guard of their route, and the service that hands them to their `@OnWebhook` methods. */
@Module({
  imports: [DiscoveryModule],
  providers: [WebhookSignatureGuard, WebhooksService],
  exports: [WebhooksService, WebhookSignatureGuard, MODULE_OPTIONS_TOKEN],
})
export class WebhooksModule extends ConfigurableModuleClass {}
