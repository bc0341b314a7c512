export type { WaitingTasks } from './activity/job.listener.js';
export type { Condition } from './activity/notice-board.js';
export { tooManyStreams } from './stream/live.errors.js';
export { LiveModule, type LiveModuleAsyncOptions } from './live.module.js';
export { LiveModuleOptions } from './stream/live.options.js';
export {
  byeSchema,
  type Bye,
  type Hello,
  helloSchema,
  jobSchema,
  type Life,
  lifeSchema,
  LIVE_EVENTS,
  type LiveEventName,
  type LiveJob,
  type Notice,
  noticeSchema,
} from './protocol/events.schema.js';
export { type LiveModel, modelSchema } from './protocol/model.schema.js';
export { type LifePhase, type LiveRequest, PHASES, requestSchema } from './protocol/request.schema.js';
export { type JobCounts, jobCountsSchema, type Tick, tickSchema } from './protocol/tick.schema.js';
