import { Module } from '@nestjs/common';
import { JobFollowers } from './job-followers.js';
import { JobQueue } from './job-queue.js';
import { openJobQueue } from './open-job-queue.js';
import { JobWorkers } from './job-workers.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './jobs.module-definition.js';
import { JobsService } from './jobs.service.js';

/** Durable jobs: takes them, works on them while the app lives, and tells how they ended. */
@Module({
  providers: [
    { provide: JobQueue, useFactory: openJobQueue, inject: [MODULE_OPTIONS_TOKEN] },
    JobWorkers,
    JobFollowers,
    JobsService,
  ],
  exports: [JobsService, JobQueue],
})
export class JobsModule extends ConfigurableModuleClass {}
