import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter, histogram, SECONDS_BUCKETS } from '@frontier/telemetry';
import { deliveryChannel, type DeliveryTried, jobChannel, type JobChange } from '../job-events.js';

/** Metrics of the jobs of this process and of the messages about them. */
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

  constructor() {
    super();
    this.subscribe<JobChange>(jobChannel, ({ status }) => this.jobs.inc({ status }));
    this.subscribe<DeliveryTried>(deliveryChannel, ({ status, durationMs }) => {
      this.deliveries.inc({ status });
      this.duration.observe(durationMs / 1000);
    });
  }
}
