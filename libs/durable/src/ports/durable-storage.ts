import type { Inbox } from './inbox.js';
import type { JobStore } from './job-store.js';
import type { TaskQueue } from './task-queue.js';

/** Jobs, the queues of their tasks, and received messages, in one place. Port. */
export interface DurableStorage extends JobStore, TaskQueue, Inbox {
  /**
   * Opens the storage, and hands out again what a process that is gone had begun. Where it cannot be used now, this returns all the same,
   * and it is tried again until it can.
   * @throws `jobs_storage_refused`
   */
  open(): Promise<void>;
  /** True while it takes writes, as of a second or two ago. */
  readonly isAvailable: boolean;
  /** The reason why it does not, where that is known: names the file or server. */
  readonly unavailability?: string;
  /** Aborts handlers, waits for them, and closes the storage. Once; later calls wait for the first. */
  close(): Promise<void>;
}

export const DurableStorage = Symbol('DurableStorage');
