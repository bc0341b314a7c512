import type { MessagePort } from 'node:worker_threads';
import type { ReceivedMessage } from '@frontier/webhooks';
import type { Job, JobEvent } from '../job.js';
import type { JobFilter, JobList, JobState, Lane, OwnerLimits, Purged } from '../job-queue.js';

/** A process's claim for entries of a lane. */
export interface ClaimRequest {
  lane: Lane;
  runner: string;
  leaseMs: number;
  /** Entries that the process works on at once; owners share them as a `SharedBudget` says. */
  capacity: number;
  /** Those that it works on now, by owner. */
  held: readonly (readonly [owner: string, entries: number])[];
}

/** An entry that was handed out. */
export interface Claimed {
  entry: string;
  owner: string;
}

/** Operations of the thread that owns the database; each is one statement or a few. Times are those of its `QueueClock`. */
export interface Operations {
  /** `refused`: its owner holds all that one may. */
  accept(job: Job, limits: OwnerLimits | undefined): 'accepted' | 'known' | keyof OwnerLimits;
  get(id: string): Job | undefined;
  states(ids: readonly string[]): (JobState | undefined)[];
  list(filter: JobFilter): JobList;
  update(job: Job, event: Omit<JobEvent, 'id'> | undefined): boolean;
  events(id: string, after: number): JobEvent[];
  /** A bounded step of it. */
  purge(before: number): Purged;
  findMessage(id: string): ReceivedMessage | undefined;
  keepMessage(message: ReceivedMessage, maxBytes: number): boolean;
  enqueue(lane: Lane, entry: string, delayMs: number, priority: number, owner: string): void;
  /** Takes the next entries that may be taken, for `leaseMs`; owners in turn. */
  claim(request: ClaimRequest): Claimed[];
  /** In how many milliseconds the next entry may be taken that may not be now. */
  untilNext(lane: Lane): number | undefined;
  /** Holds entries for longer; returns those that are still the runner's. */
  extend(lane: Lane, runner: string, entries: string[], leaseMs: number): string[];
  remove(lane: Lane, runner: string, entry: string): void;
  postpone(lane: Lane, runner: string, entry: string, delayMs: number): void;
  /** Gives back what processes hold that are gone. */
  release(isGone: string[]): number;
  /** Puts jobs on their lane that should be there; sets those aside that cannot be read. */
  restore(): number;
  /** Who holds entries. */
  runners(): string[];
  waiting(lane: Lane): number;
  /** Writes so many bytes, and the clock. */
  probe(bytes: number): void;
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

/** A message that the thread sends unasked. */
export type Notice =
  /** The database was opened, for the first time or anew. */
  | { kind: 'opened' }
  /** It cannot be used; `undefined`: it can again. `isRefused`: nor will it ever. */
  | { kind: 'fault'; fault: string | undefined; isRefused?: boolean }
  /** A job or a message that cannot be read is left out. */
  | { kind: 'set-aside'; what: string };
