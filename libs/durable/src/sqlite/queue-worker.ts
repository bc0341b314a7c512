import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskResult } from '../ports/task-queue.js';
import type { EncodedTask, QueueName } from '../ports/task.js';
import { heldByOwner } from '../tasks/held-by-owner.js';
import type { OperationName, Operations } from './protocol.js';

/** Duration of a task's lease, and the interval at which it is prolonged. */
const LEASE_MS = 10_000;
const EXTEND_EVERY_MS = 3000;
/** Interval at which tasks of other processes are looked for. */
const IDLE_POLL_MS = 1000;

type CallDatabase = <Name extends OperationName>(
  name: Name,
  ...args: Parameters<Operations[Name]>
) => Promise<ReturnType<Operations[Name]>>;

interface QueueWorkerOptions {
  queue: QueueName;
  /** Name of this process. */
  runner: string;
  /** Tasks at once, which owners share. */
  capacity: number;
  handler: (task: EncodedTask, signal: AbortSignal) => Promise<TaskResult>;
  call: CallDatabase;
}

interface Running {
  owner: string;
  aborted: AbortController;
  done: Promise<void>;
}

/** Hands the tasks of a queue to a handler, so many at once, and holds their leases. */
export class QueueWorker {
  private readonly running = new Map<string, Running>();
  private readonly extending: NodeJS.Timeout;
  private readonly loop: Promise<void>;
  private isClosing = false;
  private onWake: (() => void) | undefined;
  readonly call: CallDatabase;

  constructor(private readonly options: QueueWorkerOptions) {
    this.call = options.call;
    this.extending = setInterval(() => void this.extend(), EXTEND_EVERY_MS).unref();
    this.loop = this.pollLoop();
  }

  /** Looks for tasks now. */
  wake(): void {
    this.onWake?.();
  }

  /** Aborts the handlers, and waits until they have put back their tasks. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.extending);
    this.wake();
    for (const { aborted } of this.running.values()) aborted.abort(new Error('The queue is closing.'));
    await Promise.all([this.loop, ...[...this.running.values()].map(({ done }) => done)]);
  }

  private async pollLoop(): Promise<void> {
    const { queue, runner, capacity } = this.options;
    while (!this.isClosing) {
      const woken = this.woken();
      let untilNext = IDLE_POLL_MS;
      try {
        const held = heldByOwner(this.running.values());
        const claimed = await this.call('claim', { queue, runner, leaseMs: LEASE_MS, capacity, held });
        // One whose lease could not be prolonged in time is still being worked on.
        for (const { task, owner } of claimed) if (!this.running.has(task)) this.start(task, owner);
        if (this.running.size < capacity) untilNext = Math.min(untilNext, await this.untilNext());
      } catch {
        // The storage does not answer, and is asked again.
      }
      await Promise.race([woken, sleep(untilNext, undefined, { ref: false })]);
    }
  }

  private async untilNext(): Promise<number> {
    return Math.max(1, (await this.call('untilNext', this.options.queue)) ?? IDLE_POLL_MS);
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => (this.onWake = resolve));
  }

  private start(task: EncodedTask, owner: string): void {
    const aborted = new AbortController();
    const done = this.handle(task, aborted.signal).finally(() => {
      this.running.delete(task);
      this.wake();
    });
    this.running.set(task, { owner, aborted, done });
  }

  private async handle(task: EncodedTask, signal: AbortSignal): Promise<void> {
    const { queue, runner, handler } = this.options;
    try {
      const { retry } = await handler(task, signal);
      if (retry) await this.call('postpone', queue, runner, task, retry.delayMs);
      else await this.call('remove', queue, runner, task);
    } catch {
      // The task is handed out again when its lease has ended.
    }
  }

  private async extend(): Promise<void> {
    const { queue, runner } = this.options;
    const tasks = [...this.running.keys()];
    if (tasks.length === 0) return;
    try {
      const held = new Set(await this.call('extend', queue, runner, tasks, LEASE_MS));
      for (const task of tasks) {
        if (!held.has(task)) this.running.get(task)?.aborted.abort(new Error('The lease was lost.'));
      }
    } catch {
      // The storage does not answer; the leases may last until it does.
    }
  }
}
