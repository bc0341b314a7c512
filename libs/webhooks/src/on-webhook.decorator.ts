import { DiscoveryService } from '@nestjs/core';

/**
 * Makes a method of a provider, in any module, the handler of messages of this type. It gets the `WebhookMessage`, and is called
 * before the message is acknowledged: work that is not done when it returns is not promised. It may be called again with the same id after
 * a crash. Its return value is the `result` of the response; an error that it throws is the response, and the sender tries again.
 */
export const OnWebhook = DiscoveryService.createDecorator<string>();
