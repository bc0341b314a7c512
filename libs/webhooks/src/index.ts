export { WebhooksModule } from './webhooks.module.js';
export { MODULE_OPTIONS_TOKEN as WEBHOOKS_OPTIONS } from './webhooks.options.js';
export type { WebhooksModuleOptions } from './webhooks.options.js';
export { WebhooksService } from './webhooks.service.js';
export type { WebhookReceipt } from './webhooks.service.js';
export { hasSignature, signedMessageId, WebhookSignatureGuard } from './webhook-signature.guard.js';
export { rawBodyOf } from './raw-body.js';
export { OnWebhook } from './on-webhook.decorator.js';
export type { WebhookMessage } from './webhook-message.js';
export { type WebhookReceived, webhookChannel } from './webhook-events.js';
export { webhookSecret, webhookSecrets } from './webhook-secret.js';
export type { WebhookSecret } from './webhook-secret.js';
export { signLegacy, signStandard, verifyLegacy, verifyStandard } from './signatures.js';
export type { StandardHeaders } from './signatures.js';
export { CallbackClient } from './callbacks/callback-client.js';
export type { CallbackClientOptions, CallbackResponse } from './callbacks/callback-client.js';
export {
  messageIdReused,
  messageInvalid,
  signatureInvalid,
  targetRefused,
  webhooksNotConfigured,
} from './webhooks.errors.js';
export { GLOBAL_UNICAST_IPV6, SPECIAL_IPV4, SPECIAL_IPV6 } from './callbacks/special-networks.js';
export type { SpecialNetwork } from './callbacks/special-networks.js';
// The port of received messages, so that an inbox of one's own needs no second package.
export type { Inbox, ReceivedMessage, WebhookResponse } from '@frontier/durable';
