import { DiscoveryService } from '@nestjs/core';

/**
 * Makes a method of a provider, in any module, the handler of messages of this type. It gets the `WebhookMessage`, and is called
 * before the sender is answered: what it has not done when it returns is not promised. It may be called again with the same id
 * after a crash. What it returns is told to the sender, as `result`; what it throws is the
 * answer, and the sender will try again.
 */
export const OnWebhook = DiscoveryService.createDecorator<string>();
