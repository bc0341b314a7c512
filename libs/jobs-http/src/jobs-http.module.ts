import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AdminJobsController } from './jobs/admin-jobs.controller.js';
import { JobIntake } from './jobs/job-intake.js';
import { JobsController } from './jobs/jobs.controller.js';
import { PreferAsyncInterceptor } from './jobs/prefer-async.interceptor.js';
import { InferenceRequested } from './webhooks/inference-requested.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** Routes of jobs and webhooks, `Prefer: respond-async` on `/v1/infer`, and the handler of `inference.requested`. */
@Module({})
export class JobsHttpModule {
  /** @param imports the app's `InferenceModule`, `JobsModule`, `WebhooksModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: JobsHttpModule,
      imports,
      controllers: [JobsController, AdminJobsController, WebhooksController],
      providers: [JobIntake, InferenceRequested, { provide: APP_INTERCEPTOR, useClass: PreferAsyncInterceptor }],
      exports: [JobIntake],
    };
  }
}
