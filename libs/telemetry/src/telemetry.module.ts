import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { BreakerMetrics } from './breaker-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { RequestMetrics } from './request-metrics.js';

/** The histogram of the event loop's delay tells this too much; the usual 10 ms would be most of what it tells. */
const LOOP_DELAY_PRECISION_MS = 2;

export interface TelemetryModuleOptions {
  /** Serves the metrics: a controller that extends `PrometheusController`. */
  controller: Type<unknown>;
  /** Metrics that other packages bring, as `JobMetrics` of `@frontier/jobs/metrics`. */
  metrics?: Type<unknown>[];
}

/** Metrics of what the other packages publish, those of the process, and the route that serves them. */
@Module({})
export class TelemetryModule {
  static forRoot({ controller, metrics = [] }: TelemetryModuleOptions): DynamicModule {
    return {
      module: TelemetryModule,
      imports: [
        PrometheusModule.register({
          controller,
          defaultMetrics: {
            enabled: !hasProcessMetrics(),
            config: { eventLoopMonitoringPrecision: LOOP_DELAY_PRECISION_MS },
          },
        }),
      ],
      providers: [RequestMetrics, EngineMetrics, BreakerMetrics, ...metrics],
    };
  }
}

/** Metrics belong to the process, which may make more than one app. */
function hasProcessMetrics(): boolean {
  return register.getSingleMetric('process_cpu_user_seconds_total') !== undefined;
}
