import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
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
      imports: [PrometheusModule.register({ controller, defaultMetrics: { enabled: true } })],
      providers: [RequestMetrics, EngineMetrics, BreakerMetrics],
    };
  }
}
