import { getOrCreateMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

/** Upper bounds of `_ms` histograms, in milliseconds. */
export const MS_BUCKETS = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Upper bounds of histograms in seconds, from a millisecond to a minute. */
export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A counter of the process, made at its first use; its name ends with `_total`. */
export function counter<L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> {
  return getOrCreateMetric('Counter', { name, help, labelNames }) as Counter<L>;
}

/** A gauge of the process, made at its first use. */
export function gauge<L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> {
  return getOrCreateMetric('Gauge', { name, help, labelNames }) as Gauge<L>;
}

/** A histogram of the process, made at its first use. */
export function histogram<L extends string>(
  name: string,
  help: string,
  buckets: number[],
  ...labelNames: L[]
): Histogram<L> {
  return getOrCreateMetric('Histogram', { name, help, buckets, labelNames }) as Histogram<L>;
}

/** `inference_queue_wait_seconds`, which requests that waited in vain and engines both observe. */
export function queueWaitHistogram(): Histogram<'model'> {
  return histogram(
    'inference_queue_wait_seconds',
    'Time that an answer waited for its turn.',
    SECONDS_BUCKETS,
    'model',
  );
}
