import type { WaitingTasks } from '../activity/job.listener.js';
import type { Condition } from '../activity/notice-board.js';

/** Options of `LiveModule`. */
export interface LiveModuleOptions {
  /** Version of the server. */
  version: string;
  limits: {
    /** Requests that wait for a model at most. */
    queueMax: number;
    queueTimeoutMs: number;
    requestTimeoutMs: number;
  };
  /** Counts the jobs that wait; default: there are no jobs. */
  tasks?: WaitingTasks;
  /** The conditions `draining`, `redis_away` and `jobs_unavailable`, as far as they hold now; asked for once a second while somebody reads. */
  conditions?: () => readonly Condition[];
}

export const LiveModuleOptions = Symbol('LiveModuleOptions');
