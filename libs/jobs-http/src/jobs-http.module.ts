import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { AsyncResponder } from '@frontier/inference-http';
import { AdminJobsController } from './jobs/admin-jobs.controller.js';
import { JobDeliveriesController } from './jobs/job-deliveries.controller.js';
import { JobSubmission } from './jobs/job-submission.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobResponder } from './jobs/job.responder.js';
import { InferenceRequested } from './webhooks/inference-requested.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** Routes of jobs and webhooks, `Prefer: respond-async` on `/v1/infer`, and the handler of `inference.requested`. */
@Module({})
export class JobsHttpModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param imports the app's `InferenceModule`, `EncodersModule`, `JobsModule`, `WebhooksModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: JobsHttpModule,
      // The controller of `/v1/infer` asks for the responder.
      global: true,
      imports,
      controllers: [JobsController, JobDeliveriesController, AdminJobsController, WebhooksController],
      providers: [JobSubmission, InferenceRequested, { provide: AsyncResponder, useClass: JobResponder }],
      exports: [JobSubmission, AsyncResponder],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'JobsHttpModule (the events of a job are written by eventStream)');
  }
}
