export { JobsModule } from './jobs.module.js';
export type { JobExecutor, JobsModuleOptions } from './jobs.options.js';
export { JobsService } from './jobs.service.js';
export { AttachedOutput, attachmentOf, MAX_ATTACHED_BYTES } from './job-attachments.js';
export { deliveryChannel, jobChannel } from './job-events.js';
export type { DeliveryTried, JobChange } from './job-events.js';
export { jobConflict, jobNotFound } from './jobs.errors.js';
export { DELIVERY_DELAYS_MS } from './schedule/retry-schedule.js';
// The vocabulary of JobsService, so that its callers need no second package.
export { isFinal, JOB_PRIORITIES, JOB_STATUSES } from '@frontier/durable';
export type {
  Attachment,
  Callback,
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  FinalStatus,
  Job,
  JobEvent,
  JobList,
  JobPlace,
  JobPriority,
  JobRequest,
  JobStatus,
  JobSummary,
} from '@frontier/durable';
