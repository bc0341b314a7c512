export type { WaitingTasks } from './activity/job.listener.js';
export type { Condition } from './activity/notice-board.js';
export { tooManyStreams } from './stream/live.errors.js';
export { LiveModule, type LiveModuleAsyncOptions } from './live.module.js';
export { LiveModuleOptions } from './stream/live.options.js';
