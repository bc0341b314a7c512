import type { TextInfo, TextResult, TextTask } from '@frontier/engine';
import { AppError, shuttingDown } from '@frontier/errors';
import { overloaded, queueTimeout, textTooExpensive, waitEnded } from '../generation/batching.errors.js';
import { watchTime } from '../process/time-limit.js';
import { TextQueue } from './text-queue.js';
import { TextWorker, type TextWorkerOptions } from './text-worker.js';

/** The caller of a task and its patience. */
export interface TextUse {
  /** Callers take turns; default ''. */
  caller?: string;
  /** Ends the wait for the task. */
  signal?: AbortSignal;
}

export interface TextLaneOptions extends TextWorkerOptions {
  /** Processor time of a task; one that takes more is ended, with its process. */
  taskTimeoutMs: number;
  /** A task waits so long at most, until it is done. */
  queueTimeoutMs: number;
  /** Tasks that are sent before the first of them is done: a process that waits for each is half as fast. */
  depth: number;
  /** Ends the process after so long without a task; default: never. */
  idleMs?: number;
  onLoaded?: (info: TextInfo) => void;
  /** A process could not load the folder; the next one tries again, unless the lane is stopped. */
  onLoadFailed?: (error: AppError) => void;
  onOutput: (line: string) => void;
}

/** A task that has not ended. */
interface PendingTask {
  task: TextTask;
  size: number;
  caller: string;
  /** Processes that ended while they worked on it. */
  lost: number;
  /** Its caller has the outcome; the process may still work on it. */
  isSettled: boolean;
  resolve: (result: TextResult) => void;
  reject: (error: AppError) => void;
}

/** The size of a task beside its characters, in characters. */
const TASK_SIZE = 64;
/** A process that ends by itself is not always the fault of the task that it works on; one that does so twice may be. */
const MAX_LOST = 2;
/** A task that gets so little of the processor is ended after this many times its processor time. */
const MAX_SLOWDOWN = 3;

/** A queue of text tasks and the process that works on them, one after the other. */
export class TextLane {
  private readonly worker: TextWorker;
  private readonly queue = new TextQueue<PendingTask>();
  /** Tasks that the process has, in their order; it works on the first. */
  private readonly sent: PendingTask[] = [];
  private isStopped = false;
  /** Ends the watch over the task that the process works on. */
  private unwatch = (): void => {};
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TextLaneOptions) {
    this.worker = new TextWorker(options, {
      onLoaded: (info) => {
        options.onLoaded?.(info);
        this.next();
        this.startIdleTimer();
      },
      onLoadFailed: (error) => {
        this.failAll(error);
        options.onLoadFailed?.(error);
      },
      onResult: (event) =>
        this.finish((task) => {
          if (event.type === 'done') task.resolve(event.result);
          else task.reject(AppError.deserialize(event.error));
        }),
      onExit: (wasKilled) => this.onExit(wasKilled),
      isWanted: () => options.idleMs === undefined || !this.queue.isEmpty,
      onOutput: options.onOutput,
    });
  }

  get pid(): number | undefined {
    return this.worker.pid;
  }

  /** Starts the process, if there is none. */
  start(): void {
    this.worker.start();
  }

  /**
   * Runs a task when its turn comes.
   * @param size its characters, or as many as make as much work
   * @throws `overloaded`, `queue_timeout`, `request_aborted`, `shutting_down`, `invalid_request` where it takes too long, and
   * the error of the task itself
   */
  async run(task: TextTask, size: number, { caller = '', signal }: TextUse): Promise<TextResult> {
    if (this.isStopped) throw shuttingDown();
    const { taskTimeoutMs, queueTimeoutMs } = this.options;
    if (signal?.aborted) throw waitEnded(signal, taskTimeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<TextResult>();
    const pending: PendingTask = { task, size: TASK_SIZE + size, caller, lost: 0, isSettled: false, resolve, reject };
    if (!this.queue.hasRoomFor(pending)) {
      throw overloaded(`texts of ${this.queue.waiting} characters are waiting`, taskTimeoutMs);
    }
    const leave = (error: AppError): void => {
      this.queue.remove(pending);
      this.fail(pending, error);
      this.startIdleTimer();
    };
    const onAbort = (): void => leave(waitEnded(signal!, taskTimeoutMs));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => leave(queueTimeout(taskTimeoutMs)), queueTimeoutMs);
    try {
      this.queue.add(pending);
      this.next();
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the process; waiting tasks fail with `shutting_down`. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.unwatch();
    clearTimeout(this.idleTimer);
    const stopped = this.worker.stop();
    this.failAll(shuttingDown());
    await stopped;
  }

  private next(): void {
    if (this.queue.isEmpty) return;
    clearTimeout(this.idleTimer);
    this.worker.start();
    while (this.worker.isReady && this.sent.length < this.options.depth) {
      const pending = this.queue.take();
      if (!pending) return;
      this.sent.push(pending);
      if (this.sent.length === 1) this.watch(pending);
      this.worker.send(pending.task);
    }
  }

  /** Ends a process that has nothing to do, after a while. */
  private startIdleTimer(): void {
    const { idleMs } = this.options;
    if (idleMs === undefined || !this.worker.isReady || this.sent.length > 0 || !this.queue.isEmpty) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.worker.kill(), idleMs).unref();
  }

  /** The process works on this task from now on: it is ended when that takes too long. */
  private watch(pending: PendingTask): void {
    const limitMs = this.options.taskTimeoutMs;
    this.unwatch = watchTime(this.pid, { limitMs, maxMs: MAX_SLOWDOWN * limitMs }, (usedMs, elapsedMs) => {
      const reason = `a text took ${usedMs.toFixed(0)} ms of processor time in ${elapsedMs.toFixed(0)} ms`;
      this.fail(pending, usedMs < limitMs ? overloaded(reason, limitMs) : textTooExpensive());
      this.worker.kill(reason);
    });
  }

  private finish(settle: (pending: PendingTask) => void): void {
    this.unwatch();
    const done = this.sent.shift();
    if (done && !done.isSettled) {
      done.isSettled = true;
      settle(done);
    }
    if (this.sent.length > 0) this.watch(this.sent[0]);
    this.next();
    this.startIdleTimer();
  }

  /** Queues the tasks of a process that has ended for the next one. */
  private onExit(wasKilled: boolean): void {
    this.unwatch();
    clearTimeout(this.idleTimer);
    const sent = this.sent.splice(0);
    const [first] = sent;
    if (first && !wasKilled && ++first.lost >= MAX_LOST) {
      this.fail(first, overloaded('the process that makes tokens ended twice while it worked on this text', 1000));
    }
    for (const pending of sent) if (!pending.isSettled) this.queue.add(pending);
  }

  private fail(pending: PendingTask, error: AppError): void {
    if (pending.isSettled) return;
    pending.isSettled = true;
    pending.reject(error);
  }

  private failAll(error: AppError): void {
    for (const pending of [...this.sent, ...this.queue.drain()]) this.fail(pending, error);
  }
}
