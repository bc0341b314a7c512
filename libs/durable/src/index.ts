export { DurableModule } from './durable.module.js';
export { MODULE_OPTIONS_TOKEN as DURABLE_OPTIONS } from './durable.options.js';
export type { DurableModuleOptions } from './durable.options.js';
export { openStorage } from './open-storage.js';
export { DurableStorage } from './ports/durable-storage.js';
export type { Inbox, ReceivedMessage, WebhookResponse } from './ports/inbox.js';
export { type Attachment, type AttachmentKind, type AttachmentSize, PART_BYTES, sizeOf } from './ports/attachment.js';
export { isFinal, JOB_PRIORITIES, JOB_STATUSES } from './ports/job.js';
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
} from './ports/job.js';
export type { JobFilter, JobList, JobPlace, JobState, JobStore, OwnerLimits, Purged } from './ports/job-store.js';
export { jobsStorageRefused, jobsUnavailable } from './ports/storage.errors.js';
export type { TaskHandler, TaskOptions, TaskQueue, TaskResult } from './ports/task-queue.js';
export { decodeTask, encodeTask, QUEUES } from './ports/task.js';
export type { DeliveryTask, EncodedTask, JobTask, QueueName, Tasks } from './ports/task.js';
