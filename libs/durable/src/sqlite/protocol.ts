import type { MessagePort } from 'node:worker_threads';
import type { Attachment, AttachmentKind } from '../ports/attachment.js';
import type { ReceivedMessage } from '../ports/inbox.js';
import type { Job, JobEvent } from '../ports/job.js';
import type { JobFilter, JobList, JobState, OwnerLimits, Purged } from '../ports/job-store.js';
import type { EncodedTask, QueueName } from '../ports/task.js';
import type { Held } from '../tasks/held-by-owner.js';

/** A process's claim for tasks of a queue. */
export interface ClaimRequest {
  queue: QueueName;
  runner: string;
  leaseMs: number;
  /** Tasks that the process works on at once; owners share them as a `SharedBudget` says. */
  capacity: number;
  /** Tasks that it works on now. */
  held: Held;
}

/** A task that was handed out. */
export interface Claimed {
  task: EncodedTask;
  owner: string;
}

/** Place of a new task in its queue. */
interface EnqueueOptions {
  owner: string;
  priority: number;
  delayMs: number;
}

/** Operations of the thread that owns the database; each is one statement or a few. Times are those of its `QueueClock`. */
export interface Operations {
  /** `refused`: its owner holds all that one may. */
  accept(job: Job, limits: OwnerLimits | undefined, input: Attachment): 'accepted' | 'known' | keyof OwnerLimits;
  get(id: string): Job | undefined;
  states(ids: readonly string[]): (JobState | undefined)[];
  list(filter: JobFilter): JobList;
  /** `bytes`: its owner has no room for the attachment. */
  update(
    job: Job,
    event: Omit<JobEvent, 'id'> | undefined,
    output: Attachment,
    limits: OwnerLimits | undefined,
  ): 'updated' | 'stale' | 'bytes';
  part(id: string, kind: AttachmentKind, index: number): Uint8Array | undefined;
  events(id: string, after: number): JobEvent[];
  /** A bounded step of it. */
  purge(before: number): Purged;
  findMessage(id: string): ReceivedMessage | undefined;
  keepMessage(message: ReceivedMessage, maxBytes: number): boolean;
  enqueue(queue: QueueName, task: EncodedTask, options: EnqueueOptions): void;
  /** Takes the next tasks that may be taken, for `leaseMs`; owners in turn. */
  claim(request: ClaimRequest): Claimed[];
  /** Milliseconds until the next task may be taken that may not be now. */
  untilNext(queue: QueueName): number | undefined;
  /** Prolongs leases; returns the tasks that are still the runner's. */
  extend(queue: QueueName, runner: string, tasks: EncodedTask[], leaseMs: number): EncodedTask[];
  remove(queue: QueueName, runner: string, task: EncodedTask): void;
  postpone(queue: QueueName, runner: string, task: EncodedTask, delayMs: number): void;
  /** Releases the tasks of processes that are gone. */
  release(isGone: string[]): number;
  /** Adds the tasks of open jobs that are missing; sets jobs aside that cannot be read. */
  restore(): number;
  /** Names of the processes that hold tasks. */
  runners(): string[];
  waiting(queue: QueueName): number;
  /** Writes so many bytes, and the clock. */
  probe(bytes: number): void;
}

export type OperationName = keyof Operations;

/** Start parameters of the thread. */
export interface ThreadData {
  path: string;
  /** Carries calls and replies. Under `node --watch` the thread's own channel carries messages of Node's, too. */
  port: MessagePort;
}

/** A call of an operation. */
export interface Call {
  id: number;
  name: OperationName;
  args: unknown[];
}

/** Reply of the thread, once the transaction is durable. */
export type Reply = { id: number; value: unknown } | { id: number; error: string };

/** A message of the thread that replies to no call. */
export type Notice =
  /** The database was opened, for the first time or anew. */
  | { kind: 'opened' }
  /** The database cannot be used; `undefined`: it can again. `isRefused`: for good. */
  | { kind: 'fault'; fault: string | undefined; isRefused?: boolean }
  /** A job or a message that cannot be read is left out. */
  | { kind: 'set-aside'; what: string };
