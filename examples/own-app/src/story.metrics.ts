import { Injectable } from '@nestjs/common';
import { counter } from '@frontier/telemetry';

/** Metrics of stories. */
@Injectable()
export class StoryMetrics {
  readonly told = counter('own_stories_total', 'Stories that were told.');
}
