import { hash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Inbox, ReceivedMessage, WebhookResponse } from '@frontier/durable';
import { OnWebhook } from './on-webhook.decorator.js';
import { webhookChannel, type WebhookReceived } from './webhook-events.js';
import { readWebhookMessage, type WebhookMessage } from './webhook-message.js';
import { messageIdReused } from './webhooks.errors.js';
import { MODULE_OPTIONS_TOKEN, type WebhooksModuleOptions } from './webhooks.options.js';

type Handler = (message: WebhookMessage) => unknown;

/** The result of receiving a message. */
export interface WebhookReceipt {
  response: WebhookResponse;
  /** True where it had been received before. */
  isReplay: boolean;
}

/** Receives messages whose signature is verified: hands each to its handler once, and keeps it before it is acknowledged. */
@Injectable()
export class WebhooksService implements OnApplicationBootstrap {
  private readonly inbox: Inbox;
  private readonly handlers = new Map<string, Handler>();

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { inbox }: WebhooksModuleOptions,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    this.inbox = inbox;
  }

  onApplicationBootstrap(): void {
    for (const { instance } of this.discovery.getProviders()) {
      if (typeof instance !== 'object' || instance === null) continue;
      const provider = instance as Record<string, Handler>;
      for (const method of this.scanner.getAllMethodNames(Object.getPrototypeOf(provider) as object | null)) {
        const type = Reflect.getMetadata(OnWebhook.KEY, provider[method]) as string | undefined;
        if (type === undefined) continue;
        if (this.handlers.has(type)) throw new Error(`Two methods handle webhooks of the type "${type}".`);
        this.handlers.set(type, (message) => provider[method](message));
      }
    }
  }

  /**
   * @param body the bytes that were signed
   * @param signedId `webhook-id`, where the signature covers it
   * @throws `malformed_request`, `invalid_request`, `message_id_reused`, and what the handler or the inbox throws
   */
  async receive(body: Uint8Array, signedId: string | undefined): Promise<WebhookReceipt> {
    const message = readWebhookMessage(body, signedId);
    const digest = hash('sha256', body);
    const known = await this.inbox.find(message.id);
    if (known) return replay(known, digest);
    const handler = this.handlers.get(message.type);
    const result: unknown = await handler?.(message);
    const { id, type } = message;
    const response: WebhookResponse = { id, type, status: 'accepted', ...(handler ? { result } : { unhandled: true }) };
    const isFirst = await this.inbox.keep({ id, type, digest, answer: response, receivedAt: Date.now() });
    // The same message came twice at once.
    if (!isFirst) return replay((await this.inbox.find(id))!, digest);
    publish(handler ? 'handled' : 'unhandled');
    return { response, isReplay: false };
  }
}

function replay({ id, digest, answer }: ReceivedMessage, given: string): WebhookReceipt {
  if (given !== digest) throw messageIdReused(id);
  publish('replayed');
  return { response: answer, isReplay: true };
}

function publish(result: WebhookReceived['result']): void {
  webhookChannel.publish({ result } satisfies WebhookReceived);
}
