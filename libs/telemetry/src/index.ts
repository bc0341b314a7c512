export { PrometheusController } from '@willsoto/nestjs-prometheus';
export { ChannelSubscriber } from './channel-subscriber.js';
export { counter, gauge, histogram, MS_BUCKETS, queueWaitHistogram, SECONDS_BUCKETS } from './metric.js';
export { RequestMetrics } from './request-metrics.js';
export { requestBeginChannel, type RequestRecord, requestChannel } from './request-record.js';
export { RequestTrace } from './request-trace.js';
export { TelemetryModule } from './telemetry.module.js';
export type { TelemetryModuleAsyncOptions, TelemetryModuleOptions, TelemetryModuleParts } from './telemetry.module.js';
