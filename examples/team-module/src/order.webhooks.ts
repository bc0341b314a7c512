import { Injectable } from '@nestjs/common';
import { OnWebhook, type WebhookMessage } from '@frontier/webhooks';

/** Handles signed messages about orders. */
@Injectable()
export class OrderWebhooks {
  @OnWebhook('order.paid')
  paid({ payload }: WebhookMessage): { booked: unknown } {
    return { booked: payload };
  }
}
