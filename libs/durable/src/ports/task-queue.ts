import type { QueueName, Tasks } from './task.js';

/** Result of a task's handler: nothing is left to do, or the task is due again later. */
export type TaskResult = { retry?: { delayMs: number } };

/**
 * Handles a task. The signal fires when the storage closes, or when another process may have the task by now. An error that it throws
 * is a bug or a fault of the storage; the task is handed out again.
 */
export type TaskHandler<Q extends QueueName> = (task: Tasks[Q], signal: AbortSignal) => Promise<TaskResult>;

export interface TaskOptions {
  /** The owner whose turn it takes. */
  owner: string;
  delayMs?: number;
  /** An index of `JOB_PRIORITIES`; default: normal. */
  priority?: number;
}

/**
 * Durable queues of tasks. Port. A task is handed to one handler at a time, for as long as its process lives, and again after that: at
 * least once. All methods throw `jobs_unavailable` when the storage does not answer, is full, or is locked.
 */
export interface TaskQueue {
  /** Adds a task to a queue, unless it is there; durable when this returns. */
  enqueue<Q extends QueueName>(queue: Q, task: Tasks[Q], options: TaskOptions): Promise<void>;
  /**
   * Begins to hand out a queue's tasks, so many at once. Owners take turns, and share the places as a `SharedBudget` says: one alone has
   * all; one that has fewer than its share gets a place though all are taken, so that at most twice as many run.
   */
  work<Q extends QueueName>(queue: Q, concurrency: number, handler: TaskHandler<Q>): void;
  /** Number of tasks that wait for their turn. */
  waiting(queue: QueueName): Promise<number>;
}
