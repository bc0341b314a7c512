import { Injectable } from '@nestjs/common';
import { OnWebhook, type WebhookMessage } from '@frontier/webhooks';

/** Handles signed messages about users. */
@Injectable()
export class UserWebhooks {
  @OnWebhook('user.created')
  created({ payload }: WebhookMessage): { welcomed: unknown } {
    return { welcomed: payload };
  }
}
