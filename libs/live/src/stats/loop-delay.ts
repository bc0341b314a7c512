import { monitorEventLoopDelay } from 'node:perf_hooks';
import { digits, Series } from './series.js';

/** Time between two samples, which is a part of each. */
const RESOLUTION_MS = 10;

/** Delay of the event loop of this process, by the second. */
export class LoopDelay {
  readonly series = new Series();
  /** Median and 99th percentile of the last whole second, in milliseconds. */
  last: [p50: number, p99: number] | null = null;
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** A second has passed at whose end nobody looked. */
  skip(): void {
    this.series.push(null);
  }

  /** A second has passed. Of its hundred samples, the 99th percentile is the largest. */
  roll(): void {
    const { count, max } = this.histogram;
    const delay = (nanoseconds: number): number => digits(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS));
    this.last = count === 0 ? null : [delay(this.histogram.percentile(50)), delay(max)];
    this.histogram.reset();
    this.series.push(this.last && this.last[1]);
  }
}
