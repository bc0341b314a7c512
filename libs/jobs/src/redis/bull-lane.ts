import { randomUUID } from 'node:crypto';
import { DelayedError, type Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { countBy } from '../count-by.js';
import type { Lane, LaneHandler, Outcome } from '../job-queue.js';
import type { QueueClock } from '../queue-clock.js';
import { type Bond, LaneTurns, type Turn } from './lane-turns.js';

/** For how long a ticket is a process's that does not say that it lives, and how often such ones are looked for. */
const LOCK_MS = 3000;
const STALLED_EVERY_MS = 1000;
const PREFIX = 'frontier:tickets';
/** Interval at which a process whose places are all taken looks for an owner below its share. */
const FULL_POLL_MS = 250;
/** Tickets that are lost would leave entries where they are; none fails for good. */
const TICKET = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'fixed', delay: STALLED_EVERY_MS },
} as const;

interface BullLaneOptions {
  lane: Lane;
  clock: QueueClock;
  /** For commands, which give up soon. */
  redis: Redis;
  /** Another connection, for BullMQ. */
  connection: Redis;
}

/** A turn, and what works on it here; an entry without that is worked on by another ticket. */
type TurnHere = Exclude<Turn, { kind: 'entry' }> | ({ kind: 'entry'; running: Running | undefined } & Bond);

interface Running {
  ticket: string;
  owner: string;
  aborted: AbortController;
}

/** A lane of entries that BullMQ's workers work on, each by a ticket. */
export class BullLane {
  private readonly turns: LaneTurns;
  private readonly tickets: Queue;
  private worker: Worker | undefined;
  /** By entry: one whose ticket's lock was lost may come by another ticket while it is still worked on. */
  private readonly running = new Map<string, Running>();
  private taking: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();
  /** Tickets in hand that no owner may use now. */
  private readonly idle: (() => void)[] = [];
  private polling: NodeJS.Timeout | undefined;

  constructor(private readonly options: BullLaneOptions) {
    const { lane, redis, connection } = options;
    this.turns = new LaneTurns(redis, lane);
    this.tickets = new Queue(lane, { connection, prefix: PREFIX, skipWaitingForReady: true, skipVersionCheck: true });
    this.tickets.on('error', () => {});
  }

  /** No-op where the entry is on the lane. */
  async add(entry: string, { owner, priority, delayMs }: { owner: string; priority: number; delayMs: number }) {
    const ticket = randomUUID();
    const dueAt = delayMs > 0 ? this.options.clock.now() + delayMs : 0;
    const isNew = await this.turns.add(entry, { owner, priority }, ticket, dueAt);
    if (isNew) await this.addTicket(ticket, delayMs);
    this.wakeOne();
  }

  work(capacity: number, handler: LaneHandler, connection: Redis): void {
    this.worker = new Worker(this.options.lane, (ticket, token) => this.handle(ticket, token, { capacity, handler }), {
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

  /** Entries that wait for their turn. */
  async waiting(): Promise<number> {
    return Math.max(0, (await this.turns.count()) - (await this.tickets.getActiveCount()));
  }

  /** As many tickets as entries: a process may have died between the two. Those too many find nothing to do. */
  async replaceTickets(): Promise<void> {
    for (let cursor = ''; cursor !== '0';) {
      const { next, tickets } = await this.turns.bound(cursor === '' ? '0' : cursor);
      for (const ticket of await this.lost(tickets)) await this.addTicket(ticket, 0);
      cursor = next;
    }
    const counts = await this.tickets.getJobCounts('waiting', 'delayed', 'active');
    const there = Object.values(counts).reduce((sum, count) => sum + count, 0);
    for (let missing = (await this.turns.count()) - there; missing > 0; missing--)
      await this.addTicket(randomUUID(), 0);
  }

  /** Looks at what is delayed: BullMQ goes by the wall clock, which was set back. What is not due is delayed again. */
  async recheckDelays(): Promise<void> {
    await this.tickets.promoteJobs();
  }

  /** The time that the queue has reached. */
  clock(): Promise<number> {
    return this.turns.clock();
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
    await this.tickets.add(this.options.lane, {}, { ...TICKET, jobId: ticket, delay: Math.round(delayMs) });
  }

  private async handle(
    ticket: BullJob,
    token: string | undefined,
    { capacity, handler }: { capacity: number; handler: LaneHandler },
  ): Promise<void> {
    const turn = await this.takeTurn(ticket.id!, capacity);
    if (turn === 'closing') return this.delay(ticket, token, 0);
    if (turn.kind === 'none' || turn.kind === 'full') return;
    if (turn.kind === 'early') return this.delay(ticket, token, turn.dueInMs);
    const { entry, running } = turn;
    // Else its lock was lost here, and what had it has not ended yet.
    let again: Outcome['again'] = { delayMs: STALLED_EVERY_MS };
    if (running) {
      try {
        ({ again } = await handler(entry, AbortSignal.any([this.closing.signal, running.aborted.signal])));
      } finally {
        this.running.delete(entry);
        this.wakeOne();
      }
    }
    if (!again) return this.turns.end(turn);
    await this.turns.end(turn, this.options.clock.now() + again.delayMs);
    await this.delay(ticket, token, again.delayMs);
  }

  /** Waits, where owners have all that they may, until one may have more. */
  private async takeTurn(ticket: string, capacity: number): Promise<TurnHere | 'closing'> {
    while (!this.closing.signal.aborted) {
      // One after the other: each counts on what the one before it took.
      const taking = this.taking.then(() => this.tryTurn(ticket, capacity));
      this.taking = taking.catch(() => {});
      const turn = await taking;
      if (turn.kind !== 'full') return turn;
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    return 'closing';
  }

  private async tryTurn(ticket: string, capacity: number): Promise<TurnHere> {
    const { clock } = this.options;
    const held = countBy(this.running.values(), ({ owner }) => owner);
    const turn = await this.turns.take(ticket, clock.now(), { capacity, held });
    clock.advanceTo(turn.now);
    if (turn.kind !== 'entry') return turn;
    // There may be another one for the next.
    this.wakeOne();
    const { entry, owner } = turn;
    if (this.running.has(entry)) return { ...turn, running: undefined };
    const running = { ticket, owner, aborted: new AbortController() };
    this.running.set(entry, running);
    return { ...turn, running };
  }

  private async delay(ticket: BullJob, token: string | undefined, delayMs: number): Promise<never> {
    await ticket.moveToDelayed(Date.now() + Math.round(delayMs), token);
    throw new DelayedError();
  }

  private wakeOne(): void {
    this.idle.shift()?.();
  }
}
