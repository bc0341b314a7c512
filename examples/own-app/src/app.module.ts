import { Module, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AuthModule, BearerTokenGuard, DigestKeyStore, tokenDigest } from '@frontier/auth';
import { CacheStore, CachingModule } from '@frontier/caching';
import { DurableModule, DurableStorage } from '@frontier/durable';
import { HealthModule } from '@frontier/health';
import { ErrorFilter, HttpModule, requestPrincipal } from '@frontier/http';
import { IdempotencyModule } from '@frontier/idempotency';
import { InferenceModule, InferenceService } from '@frontier/inference';
import { JobsModule } from '@frontier/jobs';
import { RateLimitGuard, RateLimitModule, TokenLimiter } from '@frontier/rate-limit';
import { CircuitBreakers, ResilienceModule } from '@frontier/resilience';
import { TelemetryModule } from '@frontier/telemetry';
import { webhookSecrets, WebhooksModule } from '@frontier/webhooks';
import { config } from './config.js';
import { Definitions } from './definitions.js';
import { DiskCheck } from './disk.check.js';
import { HooksController } from './hooks.controller.js';
import { JobsController } from './jobs.controller.js';
import { ProbesController } from './probes.controller.js';
import { StoriesController } from './stories.controller.js';
import { StoryExecutor } from './story.executor.js';
import { StoryMetrics } from './story.metrics.js';
import { UserWebhooks } from './user.webhooks.js';

const auth = AuthModule.forRootAsync({
  useFactory: () => ({
    keyStore: new DigestKeyStore([
      [tokenDigest(config.token), { name: 'owner', admin: true }],
      [tokenDigest(config.guestToken), { name: 'guest', admin: false }],
    ]),
  }),
});
const rateLimit = RateLimitModule.forRootAsync({
  useFactory: () => ({ requests: 100, windowMs: 60_000, principal: requestPrincipal }),
});
const caching = CachingModule.forRootAsync({ useFactory: () => ({ backend: 'memory' as const }) });
const resilience = ResilienceModule.forRootAsync({ useFactory: () => ({ failureThreshold: 2 }) });
const idempotency = IdempotencyModule.forRootAsync({ useFactory: () => ({}) });
const durable = DurableModule.forRootAsync({ useFactory: () => ({ folder: config.dataFolder }) });
const http = HttpModule.forRootAsync({
  imports: [auth, rateLimit, idempotency],
  useFactory: () => ({ maxBodyBytes: 100_000, failedRequests: { limit: 1000, windowMs: 60_000 } }),
});
const inference = InferenceModule.forRootAsync({
  imports: [rateLimit, caching, resilience],
  inject: [TokenLimiter, CacheStore, CircuitBreakers],
  useFactory: (tokens: TokenLimiter, store: CacheStore, breakers: CircuitBreakers) => ({
    models: [{ name: 'storyteller', aliases: [], path: config.model, maxBatchSize: 4 }],
    defaultModel: 'storyteller',
    cache: { store, ttlMs: 60_000 },
    tokens,
    breakers,
  }),
});
const jobs = JobsModule.forRootAsync({
  imports: [inference, durable],
  inject: [InferenceService, DurableStorage],
  useFactory: (service: InferenceService, storage: DurableStorage) => ({
    executor: new StoryExecutor(service),
    storage,
    callbacks: { allowedHosts: [] },
  }),
});
const webhooks = WebhooksModule.forRootAsync({
  imports: [durable],
  inject: [DurableStorage],
  useFactory: (inbox: DurableStorage) => ({ inbox, secrets: webhookSecrets(config.webhookSecret) }),
});

@Module({
  imports: [
    auth,
    rateLimit,
    caching,
    resilience,
    idempotency,
    http,
    inference,
    jobs,
    webhooks,
    HealthModule,
    TelemetryModule.forRootAsync({ useFactory: () => ({}) }),
  ],
  controllers: [StoriesController, JobsController, HooksController, ProbesController],
  providers: [
    Definitions,
    DiskCheck,
    StoryMetrics,
    UserWebhooks,
    { provide: APP_GUARD, useExisting: BearerTokenGuard },
    { provide: APP_GUARD, useExisting: RateLimitGuard },
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true, errorHttpStatusCode: 422 }) },
    ...(config.plainFilter ? [] : [{ provide: APP_FILTER, useExisting: ErrorFilter }]),
  ],
})
export class AppModule {}
