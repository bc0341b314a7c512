import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { EngineMetrics, PrefixCacheMetrics, ResidencyMetrics, SpeculationMetrics } from '@frontier/batching/metrics';
import { JobMetrics } from '@frontier/jobs/metrics';
import { BreakerMetrics } from '@frontier/resilience/metrics';
import { TelemetryModule } from '@frontier/telemetry';
import { WebhookMetrics } from '@frontier/webhooks/metrics';
import type { Environment } from '../config/variables.js';
import { RequestLogger } from '../logging/request.logger.js';
import { ServerLogger } from '../logging/server.logger.js';
import { MetricsController } from '../probes/metrics.controller.js';
import { JobReadiness, ModelReadiness, RedisReadiness } from '../probes/readiness-checks.js';

/** Logs and, where `ENABLE_METRICS` is set, metrics. */
export function telemetryModules({ ENABLE_METRICS }: Environment, logger: Logger): (DynamicModule | Type)[] {
  return [
    // One line per request is written from its record: nothing is logged by a middleware.
    LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] }),
    ...(ENABLE_METRICS
      ? [
          TelemetryModule.forRoot({
            controller: MetricsController,
            metrics: [
              BreakerMetrics,
              EngineMetrics,
              PrefixCacheMetrics,
              ResidencyMetrics,
              SpeculationMetrics,
              JobMetrics,
              WebhookMetrics,
            ],
          }),
        ]
      : []),
  ];
}

/** Loggers, and the readiness checks of what the server stands on. */
export function operationsProviders({ REDIS_URL }: Environment): Provider[] {
  return [
    ServerLogger,
    RequestLogger,
    ModelReadiness,
    JobReadiness,
    ...(REDIS_URL === undefined ? [] : [RedisReadiness]),
  ];
}
