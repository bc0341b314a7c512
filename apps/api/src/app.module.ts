import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthModule, BearerTokenGuard } from '@frontier/auth';
import type { ServerConfig } from '@frontier/config';
import { InferenceModule, type InferenceModuleOptions } from '@frontier/inference';
import { ProblemFilter } from './http/problem.filter.js';
import { InferController } from './inference/infer.controller.js';
import { EngineStateLogger } from './system/engine-state.logger.js';
import { SystemController } from './system/system.controller.js';

/** The server's composition: which libs it is made of, and how the configuration reaches them. */
@Module({})
export class AppModule {
  static forRoot(config: ServerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AuthModule.forRoot({ token: config.apiToken.value }),
        InferenceModule.forRoot(inferenceOptions(config)),
      ],
      controllers: [SystemController, InferController],
      providers: [
        EngineStateLogger,
        { provide: APP_GUARD, useExisting: BearerTokenGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
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
    maxWaiting: environment.QUEUE_MAX_SIZE,
    prefillChunkTokens: environment.PREFILL_CHUNK_TOKENS,
    maxCacheTokens: environment.KV_CACHE_TOKENS,
    graphCache: environment.GRAPH_CACHE_DIR,
    hangTimeoutMs: environment.ENGINE_HANG_TIMEOUT_MS,
  };
}
