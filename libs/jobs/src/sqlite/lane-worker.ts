import { setTimeout as sleep } from 'node:timers/promises';
import { countBy } from '../count-by.js';
import type { Lane, LaneHandler } from '../job-queue.js';
import type { OperationName, Operations } from './protocol.js';

/** For how long an entry is this process's, and how often that is prolonged. */
const LEASE_MS = 10_000;
const EXTEND_EVERY_MS = 3000;
/** How often entries of other processes are looked for. */
const IDLE_POLL_MS = 1000;

type CallDatabase = <Name extends OperationName>(
  name: Name,
  ...args: Parameters<Operations[Name]>
) => Promise<ReturnType<Operations[Name]>>;

export interface LaneWorkerOptions {
  lane: Lane;
  /** Names this process. */
  runner: string;
  /** Entries at once, which owners share. */
  capacity: number;
  handler: LaneHandler;
  call: CallDatabase;
}

interface Running {
  owner: string;
  aborted: AbortController;
  done: Promise<void>;
}

/** Hands the entries of a lane to a handler, so many at once, and holds their leases. */
export class LaneWorker {
  private readonly running = new Map<string, Running>();
  private readonly extending: NodeJS.Timeout;
  private readonly loop: Promise<void>;
  private isClosing = false;
  private onWake: (() => void) | undefined;
  readonly call: CallDatabase;

  constructor(private readonly options: LaneWorkerOptions) {
    this.call = options.call;
    this.extending = setInterval(() => void this.extend(), EXTEND_EVERY_MS).unref();
    this.loop = this.takeTurns();
  }

  /** There may be something to do. */
  wake(): void {
    this.onWake?.();
  }

  /** Aborts the handlers, and waits until they have put back what they had. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.extending);
    this.wake();
    for (const { aborted } of this.running.values()) aborted.abort(new Error('The queue is closing.'));
    await Promise.all([this.loop, ...[...this.running.values()].map(({ done }) => done)]);
  }

  private async takeTurns(): Promise<void> {
    const { lane, runner, capacity } = this.options;
    while (!this.isClosing) {
      const woken = this.woken();
      let untilNext = IDLE_POLL_MS;
      try {
        const held = countBy(this.running.values(), ({ owner }) => owner);
        const claimed = await this.call('claim', { lane, runner, leaseMs: LEASE_MS, capacity, held });
        // One whose lease could not be prolonged in time is still being worked on.
        for (const { entry, owner } of claimed) if (!this.running.has(entry)) this.start(entry, owner);
        if (this.running.size < capacity) untilNext = Math.min(untilNext, await this.untilNext());
      } catch {
        // The storage does not answer: those who ask it are told so, and it is asked again.
      }
      await Promise.race([woken, sleep(untilNext, undefined, { ref: false })]);
    }
  }

  private async untilNext(): Promise<number> {
    return Math.max(1, (await this.call('untilNext', this.options.lane)) ?? IDLE_POLL_MS);
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => (this.onWake = resolve));
  }

  private start(entry: string, owner: string): void {
    const aborted = new AbortController();
    const done = this.handle(entry, aborted.signal).finally(() => {
      this.running.delete(entry);
      this.wake();
    });
    this.running.set(entry, { owner, aborted, done });
  }

  private async handle(entry: string, signal: AbortSignal): Promise<void> {
    const { lane, runner, handler } = this.options;
    try {
      const { again } = await handler(entry, signal);
      if (again) await this.call('postpone', lane, runner, entry, again.delayMs);
      else await this.call('remove', lane, runner, entry);
    } catch {
      // It stays where it is, and comes again when its lease has ended.
    }
  }

  private async extend(): Promise<void> {
    const { lane, runner } = this.options;
    const entries = [...this.running.keys()];
    if (entries.length === 0) return;
    try {
      const held = new Set(await this.call('extend', lane, runner, entries, LEASE_MS));
      for (const entry of entries) {
        if (!held.has(entry)) this.running.get(entry)?.aborted.abort(new Error('The lease was lost.'));
      }
    } catch {
      // The storage does not answer; the leases may last until it does.
    }
  }
}
