import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter, histogram, SECONDS_BUCKETS } from '@frontier/telemetry';
import { webhookChannel, type WebhookReceived } from '@frontier/webhooks';
import { deliveryChannel, type DeliveryTried, jobChannel, type JobChange } from '../job-events.js';

/** Metrics of the jobs and webhooks of this process. */
@Injectable()
export class JobMetrics extends ChannelSubscriber {
  private readonly jobs = counter('jobs_total', 'Times that a job entered a status.', 'status');
  private readonly deliveries = counter(
    'webhook_deliveries_total',
    'Attempts to deliver a message about a job, by what became of it.',
    'status',
  );
  private readonly duration = histogram(
    'webhook_delivery_duration_seconds',
    'How long such an attempt took.',
    SECONDS_BUCKETS,
  );
  private readonly messages = counter('webhook_messages_total', 'Webhooks that were accepted.', 'result');

  constructor() {
    super();
    this.subscribe<JobChange>(jobChannel, ({ status }) => this.jobs.inc({ status }));
    this.subscribe<DeliveryTried>(deliveryChannel, ({ status, durationMs }) => {
      this.deliveries.inc({ status });
      this.duration.observe(durationMs / 1000);
    });
    this.subscribe<WebhookReceived>(webhookChannel, ({ result }) => this.messages.inc({ result }));
  }
}
