import type { MessagePort } from 'node:worker_threads';
import type { ReceivedMessage } from '@frontier/webhooks';
import type { Job, JobEvent } from '../job.js';
import type { JobFilter, Lane } from '../job-queue.js';

/** What the thread that owns the database does; each is one statement or a few. */
export interface Operations {
  accept(job: Job, runAt: number, priority: number): boolean;
  get(id: string): Job | undefined;
  list(filter: JobFilter): Job[];
  update(job: Job, event: Omit<JobEvent, 'id'> | undefined): boolean;
  events(id: string, after: number): JobEvent[];
  purge(before: number): number;
  findMessage(id: string): ReceivedMessage | undefined;
  keepMessage(message: ReceivedMessage): boolean;
  enqueue(lane: Lane, entry: string, runAt: number, priority: number): void;
  /** Takes the next entries that may be taken, for `leaseMs`. */
  claim(lane: Lane, runner: string, now: number, leaseMs: number, limit: number): string[];
  /** When the next entry may be taken. */
  nextAt(lane: Lane): number | undefined;
  /** Holds entries for longer; returns those that are still the runner's. */
  extend(lane: Lane, runner: string, entries: string[], until: number): string[];
  remove(lane: Lane, runner: string, entry: string): void;
  postpone(lane: Lane, runner: string, entry: string, runAt: number): void;
  /** Gives back what processes hold that are gone. */
  release(isGone: string[]): number;
  /** Puts jobs on their lane that should be there. */
  restore(): number;
  /** Who holds entries. */
  runners(): string[];
  waiting(lane: Lane): number;
}

export type OperationName = keyof Operations;

/** What the thread is started with. */
export interface ThreadData {
  path: string;
  /** Where calls come from and replies go to. Under `node --watch` the thread's own channel has messages of Node's, too. */
  port: MessagePort;
}

/** Asks the thread for an operation. */
export interface Call {
  id: number;
  name: OperationName;
  args: unknown[];
}

/** What the thread answers: once the transaction is durable. */
export type Reply = { id: number; value: unknown } | { id: number; error: string };
