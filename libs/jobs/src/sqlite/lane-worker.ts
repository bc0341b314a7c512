import { setTimeout as sleep } from 'node:timers/promises';
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

/** Hands the entries of a lane to a handler, so many at once, and holds their leases. */
export class LaneWorker {
  private readonly running = new Map<string, { aborted: AbortController; done: Promise<void> }>();
  private readonly extending: NodeJS.Timeout;
  private readonly loop: Promise<void>;
  private isClosing = false;
  private onWake: (() => void) | undefined;

  constructor(
    private readonly lane: Lane,
    private readonly runner: string,
    private readonly concurrency: number,
    private readonly handler: LaneHandler,
    readonly call: CallDatabase,
  ) {
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
    while (!this.isClosing) {
      const woken = this.woken();
      const room = this.concurrency - this.running.size;
      let untilNext = IDLE_POLL_MS;
      try {
        const entries = room > 0 ? await this.call('claim', this.lane, this.runner, Date.now(), LEASE_MS, room) : [];
        // One whose lease could not be prolonged in time is still being worked on.
        for (const entry of entries) if (!this.running.has(entry)) this.start(entry);
        if (entries.length === room) untilNext = Infinity;
        else untilNext = Math.min(untilNext, await this.untilNext());
      } catch {
        // The storage does not answer: those who ask it are told so, and it is asked again.
      }
      await (untilNext === Infinity ? woken : Promise.race([woken, sleep(untilNext, undefined, { ref: false })]));
    }
  }

  private async untilNext(): Promise<number> {
    const at = await this.call('nextAt', this.lane);
    return at === undefined ? IDLE_POLL_MS : Math.max(1, at - Date.now());
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => (this.onWake = resolve));
  }

  private start(entry: string): void {
    const aborted = new AbortController();
    const done = this.handle(entry, aborted.signal).finally(() => {
      this.running.delete(entry);
      this.wake();
    });
    this.running.set(entry, { aborted, done });
  }

  private async handle(entry: string, signal: AbortSignal): Promise<void> {
    const { lane, runner } = this;
    try {
      const { again } = await this.handler(entry, signal);
      if (again) await this.call('postpone', lane, runner, entry, Math.round(Date.now() + again.delayMs));
      else await this.call('remove', lane, runner, entry);
    } catch {
      // It stays where it is, and comes again when its lease has ended.
    }
  }

  private async extend(): Promise<void> {
    const entries = [...this.running.keys()];
    if (entries.length === 0) return;
    try {
      const held = new Set(await this.call('extend', this.lane, this.runner, entries, Date.now() + LEASE_MS));
      for (const entry of entries) {
        if (!held.has(entry)) this.running.get(entry)?.aborted.abort(new Error('The lease was lost.'));
      }
    } catch {
      // The storage does not answer; the leases may last until it does.
    }
  }
}
