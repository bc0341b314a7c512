import { Module } from '@nestjs/common';
import { JobFollowers } from './job-followers.js';
import { JobWorkers } from './job-workers.js';
import { ConfigurableModuleClass } from './jobs.options.js';
import { JobsService } from './jobs.service.js';

/** Durable jobs: accepts them, works on them while the app lives, and delivers messages about their ends. */
@Module({
  providers: [JobWorkers, JobFollowers, JobsService],
  exports: [JobsService],
})
export class JobsModule extends ConfigurableModuleClass {}
