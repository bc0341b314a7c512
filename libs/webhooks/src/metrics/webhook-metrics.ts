import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter } from '@frontier/telemetry';
import { webhookChannel, type WebhookReceived } from '../webhook-events.js';

/** Metrics of the webhooks that this process received. */
@Injectable()
export class WebhookMetrics extends ChannelSubscriber {
  private readonly messages = counter('webhook_messages_total', 'Webhooks that were accepted.', 'result');

  constructor() {
    super();
    this.subscribe<WebhookReceived>(webhookChannel, ({ result }) => this.messages.inc({ result }));
  }
}
