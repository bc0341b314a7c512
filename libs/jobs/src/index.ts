export { JobsModule } from './jobs.module.js';
export type { JobsModuleOptions } from './jobs.options.js';
export { JobsService } from './jobs.service.js';
export type { JobExecutor } from './job-executor.js';
export { JobQueue, LANES } from './job-queue.js';
export type {
  EntryOptions,
  JobFilter,
  JobList,
  JobPlace,
  JobState,
  Lane,
  LaneHandler,
  Outcome,
  OwnerLimits,
  Purged,
} from './job-queue.js';
export { isFinal, JOB_PRIORITIES, JOB_STATUSES } from './job.js';
export type {
  Callback,
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  FinalStatus,
  Job,
  JobEvent,
  JobPriority,
  JobRequest,
  JobStatus,
  JobSummary,
} from './job.js';
export { deliveryChannel, jobChannel } from './job-events.js';
export type { DeliveryTried, JobChange } from './job-events.js';
export { jobConflict, jobNotFound, jobsStorageRefused, jobsUnavailable } from './jobs.errors.js';
export { openJobQueue } from './open-job-queue.js';
export { DELIVERY_DELAYS_MS } from './retry-schedule.js';
