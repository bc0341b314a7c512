import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { DestinationStream, Logger } from 'pino';
import { HealthModule } from '@frontier/health';
import { ApiAuthGuard, ErrorFilter, RequestBodyGuard, RequestValidationPipe } from '@frontier/http';
import {
  AnthropicModule,
  EncodersModule,
  InferModule,
  OpenAiModule,
  OpenInferenceModule,
} from '@frontier/inference-http';
import { JobsHttpModule } from '@frontier/jobs-http';
import { RateLimitGuard } from '@frontier/rate-limit';
import { AdminController } from './admin/admin.controller.js';
import { ModelsAdminController } from './admin/models-admin.controller.js';
import { RepositoryController } from './admin/repository.controller.js';
import type { ServerConfig } from './config/server-config.js';
import { VERSION } from './config/version.js';
import { ProbesController } from './probes/probes.controller.js';
import { SystemController } from './probes/system.controller.js';
import { inferenceModule } from './wiring/inference.js';
import { jobModules } from './wiring/jobs.js';
import { liveModules } from './wiring/live.js';
import { operationsProviders, telemetryModules } from './wiring/operations.js';
import type { ServerStores } from './wiring/server-stores.js';
import { trafficModules } from './wiring/traffic.js';

/** Options of the server. */
export interface ServerOptions {
  /** As `readServerConfig` of `@frontier/server/config` returns it. */
  config: ServerConfig;
  /** Modules of a team. Their routes stand behind the server's guards, pipe and filter; its services can be injected. */
  modules?: (DynamicModule | Type)[];
  stores?: ServerStores;
  /** Takes the lines of the log, as JSON, in place of the standard output. */
  log?: DestinationStream;
}

/** The server's table of contents; `wiring/` has how the configuration reaches each part. */
@Module({})
export class ServerModule {
  static forRoot({ config, modules = [], stores }: ServerOptions, logger: Logger): DynamicModule {
    const { redis, resilience, auth, rateLimit, caching, idempotency, http } = trafficModules(config, stores);
    const inference = inferenceModule(config, { resilience, rateLimit, caching });
    const encoders = EncodersModule.forRoot({ imports: [inference, http] });
    const { durable, jobs, webhooks } = jobModules(config, { inference, encoders });
    return {
      module: ServerModule,
      imports: [
        ...telemetryModules(config.environment, logger),
        HealthModule,
        ...redis,
        resilience,
        auth,
        rateLimit,
        caching,
        idempotency,
        http,
        inference,
        durable,
        jobs,
        webhooks,
        InferModule.forRoot({ imports: [inference, http] }),
        OpenAiModule.forRoot({ imports: [inference, http], decisions: config.environment.ENABLE_DECISIONS }),
        AnthropicModule.forRoot({ imports: [inference, http] }),
        OpenInferenceModule.forRoot({ imports: [inference, http], version: VERSION }),
        encoders,
        JobsHttpModule.forRoot({ imports: [inference, encoders, jobs, webhooks, http] }),
        ...liveModules(config, { redis }),
        ...modules,
      ],
      controllers: [SystemController, ProbesController, AdminController, ModelsAdminController, RepositoryController],
      providers: [
        ...operationsProviders(config.environment),
        // In this order: a body is read when its caller is known and within the limits.
        { provide: APP_GUARD, useExisting: ApiAuthGuard },
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_GUARD, useExisting: RequestBodyGuard },
        { provide: APP_PIPE, useExisting: RequestValidationPipe },
        { provide: APP_FILTER, useExisting: ErrorFilter },
      ],
    };
  }
}
