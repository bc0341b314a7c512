import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { BreakerMetrics } from './breaker-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { RequestMetrics } from './request-metrics.js';

export interface TelemetryModuleOptions {
  /** Serves the metrics: a controller that extends `PrometheusController`. */
  controller: Type<unknown>;
}

/** Metrics of what the other packages publish, those of the process, and the route that serves them. */
@Module({})
export class TelemetryModule {
  static forRoot({ controller }: TelemetryModuleOptions): DynamicModule {
    return {
      module: TelemetryModule,
      imports: [PrometheusModule.register({ controller, defaultMetrics: { enabled: !hasProcessMetrics() } })],
      providers: [RequestMetrics, EngineMetrics, BreakerMetrics],
    };
  }
}

/** Metrics belong to the process, which may make more than one app. */
function hasProcessMetrics(): boolean {
  return register.getSingleMetric('process_cpu_user_seconds_total') !== undefined;
}
