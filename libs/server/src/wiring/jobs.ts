import type { DynamicModule } from '@nestjs/common';
import { DurableModule, DurableStorage } from '@frontier/durable';
import { InferenceService, ModelLifecycle } from '@frontier/inference';
import { EncoderRoutes } from '@frontier/inference-http';
import { JobsModule } from '@frontier/jobs';
import { InferenceJobExecutor } from '@frontier/jobs-http';
import { webhookSecrets, WebhooksModule } from '@frontier/webhooks';
import type { ServerConfig } from '../config/server-config.js';

/** Durable jobs and signed webhooks, which share one storage, as the configuration has them. */
export function jobModules(
  { environment, webhookSecret }: ServerConfig,
  { inference, encoders }: { inference: DynamicModule; encoders: DynamicModule },
): { durable: DynamicModule; jobs: DynamicModule; webhooks: DynamicModule } {
  const secrets = webhookSecret.value === undefined ? [] : webhookSecrets(webhookSecret.value);
  const durable = DurableModule.forRoot({
    isGlobal: true,
    folder: environment.DATA_DIR,
    redisUrl: environment.JOBS_REDIS_URL,
  });
  const jobs = JobsModule.forRootAsync({
    isGlobal: true,
    imports: [inference, encoders, durable],
    inject: [InferenceService, EncoderRoutes, ModelLifecycle, DurableStorage],
    useFactory: (
      service: InferenceService,
      routes: EncoderRoutes,
      lifecycle: ModelLifecycle,
      storage: DurableStorage,
    ) => ({
      executor: new InferenceJobExecutor(service, routes, lifecycle),
      storage,
      concurrency: environment.JOBS_CONCURRENCY,
      retentionMs: environment.JOBS_RETENTION_HOURS * 3_600_000,
      ownerLimits: { open: environment.JOBS_MAX_OPEN_PER_CALLER, bytes: environment.JOBS_MAX_BYTES_PER_CALLER },
      secret: secrets.at(0),
      callbacks: { allowedHosts: environment.WEBHOOK_ALLOWED_HOSTS },
    }),
  });
  const webhooks = WebhooksModule.forRootAsync({
    isGlobal: true,
    imports: [durable],
    inject: [DurableStorage],
    useFactory: (inbox: DurableStorage) => ({
      inbox,
      secrets,
      timestampWindowSec: environment.WEBHOOK_TIMESTAMP_WINDOW,
    }),
  });
  return { durable, jobs, webhooks };
}
