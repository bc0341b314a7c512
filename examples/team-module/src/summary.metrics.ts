import { Injectable } from '@nestjs/common';
import { counter } from '@frontier/telemetry';

/** Metrics of summaries. */
@Injectable()
export class SummaryMetrics {
  readonly made = counter('team_summaries_total', 'Summaries that were made.');
}
