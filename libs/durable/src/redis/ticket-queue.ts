import { randomUUID } from 'node:crypto';
import { DelayedError, type Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { TaskOptions, TaskResult } from '../ports/task-queue.js';
import type { EncodedTask, QueueName } from '../ports/task.js';
import { heldByOwner } from '../tasks/held-by-owner.js';
import type { QueueClock } from '../tasks/queue-clock.js';
import { type Bond, type Claim, TaskOrder } from './task-order.js';

/** Duration of a ticket's lock without a sign of life, and the interval at which lost ones are looked for. */
const LOCK_MS = 3000;
const STALLED_EVERY_MS = 1000;
const PREFIX = 'frontier:tickets';
/** Interval at which a process whose places are all taken looks for an owner below its share. */
const FULL_POLL_MS = 250;
/** Tickets that are lost would leave tasks where they are; none fails for good. */
const TICKET = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'fixed', delay: STALLED_EVERY_MS },
} as const;

/** Works on a task. */
export type RunTask = (task: EncodedTask, signal: AbortSignal) => Promise<TaskResult>;

interface TicketQueueOptions {
  queue: QueueName;
  clock: QueueClock;
  /** For commands, which give up soon. */
  redis: Redis;
  /** Another connection, for BullMQ. */
  connection: Redis;
}

/** A claim, and its place among what runs here; a task without a place is worked on by another ticket. */
type ClaimHere = Exclude<Claim, { kind: 'task' }> | ({ kind: 'task'; running: Running | undefined } & Bond);

interface Running {
  ticket: string;
  owner: string;
  aborted: AbortController;
}

/** A queue of tasks that BullMQ's workers work on, each by a ticket. */
export class TicketQueue {
  private readonly order: TaskOrder;
  private readonly tickets: Queue;
  private worker: Worker | undefined;
  /** By task: one whose ticket's lock was lost may come by another ticket while it still runs. */
  private readonly running = new Map<string, Running>();
  private claiming: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();
  /** Tickets in hand that no owner may use now. */
  private readonly idle: (() => void)[] = [];
  private polling: NodeJS.Timeout | undefined;

  constructor(private readonly options: TicketQueueOptions) {
    const { queue, redis, connection } = options;
    this.order = new TaskOrder(redis, queue);
    this.tickets = new Queue(queue, { connection, prefix: PREFIX, skipWaitingForReady: true, skipVersionCheck: true });
    this.tickets.on('error', () => {});
  }

  /** No-op where the task is on the queue. */
  async add(task: EncodedTask, { owner, priority, delayMs }: Required<TaskOptions>): Promise<void> {
    const ticket = randomUUID();
    const dueAt = delayMs > 0 ? this.options.clock.now() + delayMs : 0;
    const isNew = await this.order.add(task, { owner, priority }, ticket, dueAt);
    if (isNew) await this.addTicket(ticket, delayMs);
    this.wakeOne();
  }

  work(capacity: number, run: RunTask, connection: Redis): void {
    this.worker = new Worker(this.options.queue, (ticket, token) => this.handle(ticket, token, { capacity, run }), {
      connection,
      prefix: PREFIX,
      // An owner below its share gets a place though all are taken.
      concurrency: 2 * capacity,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_EVERY_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipVersionCheck: true,
    });
    this.worker.on('error', () => {});
    this.worker.on('lockRenewalFailed', (ids) => {
      for (const { ticket, aborted } of this.running.values()) {
        if (ids.includes(ticket)) aborted.abort(new Error('The lock was lost.'));
      }
    });
    this.polling = setInterval(() => this.wakeOne(), FULL_POLL_MS).unref();
  }

  /** Number of tasks that wait for their turn. */
  async waiting(): Promise<number> {
    return Math.max(0, (await this.order.count()) - (await this.tickets.getActiveCount()));
  }

  /** Makes as many tickets as there are tasks: a process may have died between the two. Those too many find nothing to do. */
  async replaceTickets(): Promise<void> {
    for (let cursor = ''; cursor !== '0';) {
      const { next, tickets } = await this.order.bound(cursor === '' ? '0' : cursor);
      for (const ticket of await this.lost(tickets)) await this.addTicket(ticket, 0);
      cursor = next;
    }
    const counts = await this.tickets.getJobCounts('waiting', 'delayed', 'active');
    const there = Object.values(counts).reduce((sum, count) => sum + count, 0);
    for (let missing = (await this.order.count()) - there; missing > 0; missing--)
      await this.addTicket(randomUUID(), 0);
  }

  /** Looks at delayed tickets: BullMQ goes by the wall clock, which was set back. Those not due are delayed again. */
  async recheckDelays(): Promise<void> {
    await this.tickets.promoteJobs();
  }

  /** The time that the queue has reached. */
  clock(): Promise<number> {
    return this.order.clock();
  }

  /** Aborts handlers, and waits for them. */
  async close(): Promise<void> {
    clearInterval(this.polling);
    this.closing.abort(new Error('The queue is closing.'));
    for (const wake of this.idle.splice(0)) wake();
    await this.worker?.close().catch(() => {});
    await this.tickets.close().catch(() => {});
  }

  /** Those of the tickets that are not there. */
  private async lost(tickets: readonly string[]): Promise<string[]> {
    const pipeline = this.options.redis.pipeline();
    for (const ticket of tickets) pipeline.exists(this.tickets.toKey(ticket));
    const found = (await pipeline.exec()) ?? [];
    return tickets.filter((_, i) => found[i][1] === 0);
  }

  private async addTicket(ticket: string, delayMs: number): Promise<void> {
    await this.tickets.add(this.options.queue, {}, { ...TICKET, jobId: ticket, delay: Math.round(delayMs) });
  }

  private async handle(
    ticket: BullJob,
    token: string | undefined,
    { capacity, run }: { capacity: number; run: RunTask },
  ): Promise<void> {
    const claim = await this.claim(ticket.id!, capacity);
    if (claim === 'closing') return this.delay(ticket, token, 0);
    if (claim.kind === 'none' || claim.kind === 'full') return;
    if (claim.kind === 'early') return this.delay(ticket, token, claim.dueInMs);
    const { task, running } = claim;
    // Without a place: its lock was lost here, and its handler has not ended yet.
    let retry: TaskResult['retry'] = { delayMs: STALLED_EVERY_MS };
    if (running) {
      try {
        ({ retry } = await run(task, AbortSignal.any([this.closing.signal, running.aborted.signal])));
      } finally {
        this.running.delete(task);
        this.wakeOne();
      }
    }
    if (!retry) return this.order.end(claim);
    await this.order.end(claim, this.options.clock.now() + retry.delayMs);
    await this.delay(ticket, token, retry.delayMs);
  }

  /** Waits, where owners have all that they may, until one may have more. */
  private async claim(ticket: string, capacity: number): Promise<ClaimHere | 'closing'> {
    while (!this.closing.signal.aborted) {
      // One after the other: each counts the claim of the one before it.
      const claiming = this.claiming.then(() => this.tryClaim(ticket, capacity));
      this.claiming = claiming.catch(() => {});
      const claim = await claiming;
      if (claim.kind !== 'full') return claim;
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    return 'closing';
  }

  private async tryClaim(ticket: string, capacity: number): Promise<ClaimHere> {
    const { clock } = this.options;
    const held = heldByOwner(this.running.values());
    const claim = await this.order.claim(ticket, clock.now(), { capacity, held });
    clock.advanceTo(claim.now);
    if (claim.kind !== 'task') return claim;
    // There may be another one for the next.
    this.wakeOne();
    const { task, owner } = claim;
    if (this.running.has(task)) return { ...claim, running: undefined };
    const running = { ticket, owner, aborted: new AbortController() };
    this.running.set(task, running);
    return { ...claim, running };
  }

  private async delay(ticket: BullJob, token: string | undefined, delayMs: number): Promise<never> {
    await ticket.moveToDelayed(Date.now() + Math.round(delayMs), token);
    throw new DelayedError();
  }

  private wakeOne(): void {
    this.idle.shift()?.();
  }
}
