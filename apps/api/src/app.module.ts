import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { AuthModule } from '@frontier/auth';
import { CacheStore, CachingModule } from '@frontier/caching';
import type { ServerConfig } from '@frontier/config';
import { HealthModule } from '@frontier/health';
import { IdempotencyModule } from '@frontier/idempotency';
import { InferenceModule, type InferenceModuleOptions, InferenceService } from '@frontier/inference';
import { JobQueue, JobsModule } from '@frontier/jobs';
import { RateLimitGuard, RateLimitModule, TokenLimiter } from '@frontier/rate-limit';
import { RedisConnection, RedisModule } from '@frontier/redis';
import { CircuitBreakers, ResilienceModule } from '@frontier/resilience';
import { TelemetryModule } from '@frontier/telemetry';
import { webhookSecrets, WebhooksModule } from '@frontier/webhooks';
import { AccessGuard } from './http/access.guard.js';
import { RequestBodyGuard, RequestBodyOptions } from './http/body/request-body.guard.js';
import { ValidatedBodyCache } from './http/body/validated-body-cache.js';
import { RequestValidationPipe } from './http/body/validation.pipe.js';
import { FailedRequestLimit, FailedRequestWindow } from './http/failed-request-limit.js';
import { IdempotentCalls } from './http/idempotent-calls.js';
import { ErrorFilter } from './http/error.filter.js';
import { requestCaller } from './http/request-caller.js';
import { InferController } from './inference/infer.controller.js';
import { RequestLogger } from './logging/request.logger.js';
import { ServerLogger } from './logging/server.logger.js';
import { ChatController } from './openai/chat.controller.js';
import { CompletionsController } from './openai/completions.controller.js';
import { ModelsController } from './openai/models.controller.js';
import { AdminJobsController } from './jobs/admin-jobs.controller.js';
import { InferenceJobExecutor } from './jobs/inference-job.executor.js';
import { JobIntake } from './jobs/job-intake.js';
import { PreferAsyncInterceptor } from './jobs/prefer-async.interceptor.js';
import { JobsController } from './jobs/jobs.controller.js';
import { InferenceRequested } from './webhooks/inference-requested.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { OpenAiGenerator } from './openai/openai.generator.js';
import { TokensController } from './openai/tokens.controller.js';
import { AdminController } from './system/admin.controller.js';
import { Drain } from './system/drain.js';
import { MetricsController } from './system/metrics.controller.js';
import { ProbesController } from './system/probes.controller.js';
import { JobReadiness, ModelReadiness, RedisReadiness } from './system/readiness-checks.js';
import { SystemController } from './system/system.controller.js';

/** What a request may take beside its run: to arrive, and to be sent. */
const CLAIM_SLACK_MS = 60_000;

/** The server's composition: which libs it is made of, and how the configuration reaches them. */
@Module({})
export class AppModule {
  static forRoot(config: ServerConfig, logger: Logger): DynamicModule {
    const { environment, apiToken } = config;
    const redis = environment.REDIS_URL === undefined ? [] : [RedisModule.forRoot({ url: environment.REDIS_URL })];
    const withRedis = { imports: redis, inject: redis.length > 0 ? [RedisConnection] : [] };
    const resilience = ResilienceModule.forRoot({
      failureThreshold: environment.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
      openMs: environment.CIRCUIT_BREAKER_TIMEOUT_SEC * 1000,
    });
    const rateLimit = RateLimitModule.forRootAsync({
      ...withRedis,
      useFactory: (connection?: RedisConnection) => ({
        requests: environment.RATE_LIMIT_RPM,
        windowMs: environment.RATE_LIMIT_WINDOW_SEC * 1000,
        tokensPerMinute: environment.TOKENS_PER_MINUTE,
        maxConcurrent: environment.MAX_CONCURRENT_PER_KEY,
        client: requestCaller,
        redis: connection,
      }),
    });
    const caching = CachingModule.forRootAsync({
      ...withRedis,
      useFactory: (connection?: RedisConnection) => ({
        backend: environment.CACHE_BACKEND,
        maxEntries: environment.CACHE_MAX_SIZE,
        maxBytes: environment.CACHE_MAX_BYTES,
        redis: connection,
      }),
    });
    const inference = InferenceModule.forRootAsync({
      imports: [resilience, rateLimit, caching],
      inject: [CircuitBreakers, TokenLimiter, CacheStore],
      useFactory: (breakers: CircuitBreakers, tokens: TokenLimiter, store: CacheStore) => ({
        ...inferenceOptions(config),
        breakers,
        tokens,
        cache:
          environment.CACHE_BACKEND === 'none' ? undefined : { store, ttlMs: environment.CACHE_DEFAULT_TTL * 1000 },
      }),
    });
    const secrets = config.webhookSecret.value === undefined ? [] : webhookSecrets(config.webhookSecret.value);
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
    return {
      module: AppModule,
      imports: [
        // One line per request is written from its record: nothing is logged by a middleware.
        LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] }),
        HealthModule,
        ...(environment.ENABLE_METRICS ? [TelemetryModule.forRoot({ controller: MetricsController })] : []),
        ...redis,
        resilience,
        AuthModule.forRoot({ token: apiToken.value, keysFile: environment.API_KEYS_FILE }),
        rateLimit,
        caching,
        IdempotencyModule.forRootAsync({
          ...withRedis,
          useFactory: (connection?: RedisConnection) => ({
            redis: connection,
            claimMs: environment.REQUEST_TIMEOUT_MS + CLAIM_SLACK_MS,
          }),
        }),
        inference,
        jobs,
        webhooks,
      ],
      controllers: [
        SystemController,
        ProbesController,
        AdminController,
        InferController,
        ChatController,
        CompletionsController,
        ModelsController,
        TokensController,
        JobsController,
        AdminJobsController,
        WebhooksController,
      ],
      providers: [
        ServerLogger,
        RequestLogger,
        ModelReadiness,
        JobReadiness,
        ...(redis.length > 0 ? [RedisReadiness] : []),
        Drain,
        IdempotentCalls,
        OpenAiGenerator,
        JobIntake,
        InferenceRequested,
        {
          provide: FailedRequestWindow,
          useValue: { limit: environment.RATE_LIMIT_RPM, windowMs: environment.RATE_LIMIT_WINDOW_SEC * 1000 },
        },
        FailedRequestLimit,
        ErrorFilter,
        ValidatedBodyCache,
        { provide: RequestBodyOptions, useValue: { maxBytes: environment.BODY_LIMIT_BYTES } },
        // In this order: a body is read when its caller is known and within the limits.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_GUARD, useClass: RequestBodyGuard },
        RequestValidationPipe,
        { provide: APP_INTERCEPTOR, useClass: PreferAsyncInterceptor },
        { provide: APP_PIPE, useExisting: RequestValidationPipe },
        { provide: APP_FILTER, useExisting: ErrorFilter },
      ],
    };
  }
}

function inferenceOptions({ environment, models }: ServerConfig): InferenceModuleOptions {
  return {
    defaultModel: models.defaultModel,
    models: models.models.map((model) => ({
      ...model,
      maxBatchSize: model.maxBatchSize ?? environment.BATCH_MAX_SIZE,
    })),
    prefillChunkTokens: environment.PREFILL_CHUNK_TOKENS,
    maxCacheTokens: environment.KV_CACHE_TOKENS,
    graphCache: environment.GRAPH_CACHE_DIR,
    hangTimeoutMs: environment.ENGINE_HANG_TIMEOUT_MS,
    queue: {
      maxRequests: environment.QUEUE_MAX_SIZE,
      maxTokens: environment.QUEUE_MAX_TOKENS,
      timeoutMs: environment.QUEUE_TIMEOUT_MS,
    },
    requestTimeoutMs: environment.REQUEST_TIMEOUT_MS,
  };
}
