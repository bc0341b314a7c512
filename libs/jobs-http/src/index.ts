export { AdminJobsController } from './jobs/admin-jobs.controller.js';
export { InferenceJobExecutor } from './jobs/inference-job.executor.js';
export { JobSubmission } from './jobs/job-submission.js';
export { JobsController } from './jobs/jobs.controller.js';
export { JobResponder } from './jobs/job.responder.js';
export { InferenceRequested } from './webhooks/inference-requested.js';
export { WebhooksController } from './webhooks/webhooks.controller.js';
export { JobsHttpModule } from './jobs-http.module.js';
