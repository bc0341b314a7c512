import type { Histogram } from 'prom-client';
import { histogram, SECONDS_BUCKETS } from './metric.js';

/** How long requests waited, those that waited in vain included. */
export function queueWaitHistogram(): Histogram<'model'> {
  return histogram(
    'inference_queue_wait_seconds',
    'Time that an answer waited for its turn.',
    SECONDS_BUCKETS,
    'model',
  );
}
