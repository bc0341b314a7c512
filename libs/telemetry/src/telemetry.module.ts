import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { PrometheusController, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { RequestMetrics } from './request-metrics.js';

/** Precision of the histogram of the event loop's delay; the usual 10 ms would be most of what it measures. */
const LOOP_DELAY_PRECISION_MS = 2;

/** Options of the metrics; all have defaults. */
export interface TelemetryModuleOptions {
  /** Metrics of the process: CPU, memory, event loop; default true. */
  processMetrics?: boolean;
  /** Labels of every metric. */
  defaultLabels?: Record<string, string>;
}

/** Parts of {@link TelemetryModule} that Nest needs before any factory runs. */
export interface TelemetryModuleParts {
  /** Controller that extends `PrometheusController` and serves the metrics; default: one for `GET /metrics`. */
  controller?: Type<unknown>;
  /** Metrics of other packages, such as `BreakerMetrics` of `@frontier/resilience/metrics`. */
  metrics?: readonly Type<ChannelSubscriber>[];
  /** Makes the module global. */
  isGlobal?: boolean;
}

/** {@link TelemetryModule.forRootAsync}'s options: {@link TelemetryModuleOptions} come from a factory. */
export interface TelemetryModuleAsyncOptions extends TelemetryModuleParts, Pick<ModuleMetadata, 'imports'> {
  inject?: (string | symbol | Type<unknown>)[];
  useFactory(...args: never[]): TelemetryModuleOptions | Promise<TelemetryModuleOptions>;
}

/** Metrics of requests, of the process and of other packages, and the route that serves them. */
@Module({})
export class TelemetryModule {
  static forRoot({
    controller = PrometheusController,
    metrics,
    isGlobal,
    ...options
  }: TelemetryModuleOptions & TelemetryModuleParts = {}): DynamicModule {
    const prometheus = PrometheusModule.register({ controller, ...prometheusOptions(options) });
    return definition(prometheus, { metrics, isGlobal });
  }

  static forRootAsync({
    controller = PrometheusController,
    metrics,
    isGlobal,
    ...options
  }: TelemetryModuleAsyncOptions): DynamicModule {
    const useFactory = options.useFactory as (...args: unknown[]) => ReturnType<typeof options.useFactory>;
    const prometheus = PrometheusModule.registerAsync({
      controller,
      imports: options.imports,
      inject: options.inject,
      useFactory: async (...args) => ({ controller, ...prometheusOptions(await useFactory(...args)) }),
    });
    return definition(prometheus, { metrics, isGlobal });
  }
}

function definition(prometheus: DynamicModule, { metrics = [], isGlobal }: TelemetryModuleParts): DynamicModule {
  return {
    module: TelemetryModule,
    global: isGlobal,
    imports: [prometheus],
    providers: [RequestMetrics, ...metrics],
    exports: [prometheus],
  };
}

function prometheusOptions({ processMetrics = true, defaultLabels = {} }: TelemetryModuleOptions) {
  return {
    defaultLabels,
    defaultMetrics: {
      enabled: processMetrics && !hasProcessMetrics(),
      config: { eventLoopMonitoringPrecision: LOOP_DELAY_PRECISION_MS },
    },
  };
}

/** Tells whether another app of this process has registered them: metrics belong to the process. */
function hasProcessMetrics(): boolean {
  return register.getSingleMetric('process_cpu_user_seconds_total') !== undefined;
}
