import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { BatchingModule } from '@frontier/batching';
import { requireFastify } from '@frontier/http';
import { ConditionListener } from './activity/condition.listener.js';
import { JobListener } from './activity/job.listener.js';
import { ModelDirectory } from './activity/model-directory.js';
import { LifeListener } from './life/life.listener.js';
import { LiveController } from './live.controller.js';
import { StatsListener } from './stats/stats.listener.js';
import { Collector } from './stream/collector.js';
import { LiveModuleOptions } from './stream/live.options.js';
import { LiveStreams } from './stream/live-streams.js';

/** {@link LiveModule.forRootAsync}'s options: {@link LiveModuleOptions} come from a factory. */
export interface LiveModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider<LiveModuleOptions>, 'inject' | 'useFactory'> {}

/** `GET /v1/live`, and the collector behind it. Without this module, nothing is collected. */
@Module({})
export class LiveModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param options `imports`: the app's `InferenceModule`, `AuthModule`, `RateLimitModule` and `HttpModule`, where those are not global */
  static forRootAsync({ imports = [], inject = [], useFactory }: LiveModuleAsyncOptions): DynamicModule {
    return {
      module: LiveModule,
      imports: [...imports, BatchingModule],
      controllers: [LiveController],
      providers: [
        { provide: LiveModuleOptions, inject, useFactory },
        LifeListener,
        StatsListener,
        ModelDirectory,
        ConditionListener,
        JobListener,
        Collector,
        LiveStreams,
      ],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'LiveModule (its stream is a response of Fastify)');
  }
}
