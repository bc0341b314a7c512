import { Module } from '@nestjs/common';
import { DurableStorage } from '@frontier/durable';
import { JobFollowers } from './job-followers.js';
import { JobWorkers } from './job-workers.js';
import { ConfigurableModuleClass, type JobsModuleOptions, MODULE_OPTIONS_TOKEN } from './jobs.options.js';
import { JobsService } from './jobs.service.js';

/** Durable jobs: accepts them, works on them while the app lives, and delivers messages about their ends. */
@Module({
  providers: [
    {
      provide: DurableStorage,
      useFactory: ({ storage }: JobsModuleOptions) => storage,
      inject: [MODULE_OPTIONS_TOKEN],
    },
    JobWorkers,
    JobFollowers,
    JobsService,
  ],
  exports: [JobsService, DurableStorage, MODULE_OPTIONS_TOKEN],
})
export class JobsModule extends ConfigurableModuleClass {}
