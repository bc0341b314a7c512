import type { DynamicModule } from '@nestjs/common';
import { InferenceService } from '@frontier/inference';
import { JobQueue, JobsModule } from '@frontier/jobs';
import { InferenceJobExecutor } from '@frontier/jobs-http';
import { webhookSecrets, WebhooksModule } from '@frontier/webhooks';
import type { ServerConfig } from '../config/server-config.js';

/** Durable jobs and signed webhooks as the configuration has them. */
export function jobModules(
  { environment, webhookSecret }: ServerConfig,
  inference: DynamicModule,
): { jobs: DynamicModule; webhooks: DynamicModule } {
  const secrets = webhookSecret.value === undefined ? [] : webhookSecrets(webhookSecret.value);
  const jobs = JobsModule.forRootAsync({
    imports: [inference],
    inject: [InferenceService],
    useFactory: (service: InferenceService) => ({
      executor: new InferenceJobExecutor(service),
      folder: environment.DATA_DIR,
      redisUrl: environment.JOBS_REDIS_URL,
      concurrency: environment.JOBS_CONCURRENCY,
      retentionMs: environment.JOBS_RETENTION_HOURS * 3_600_000,
      ownerLimits: { open: environment.JOBS_MAX_OPEN_PER_CALLER, bytes: environment.JOBS_MAX_BYTES_PER_CALLER },
      secret: secrets.at(0),
      callbacks: { allowedHosts: environment.WEBHOOK_ALLOWED_HOSTS },
    }),
  });
  const webhooks = WebhooksModule.forRootAsync({
    imports: [jobs],
    inject: [JobQueue],
    useFactory: (inbox: JobQueue) => ({ inbox, secrets, timestampWindowSec: environment.WEBHOOK_TIMESTAMP_WINDOW }),
  });
  return { jobs, webhooks };
}
