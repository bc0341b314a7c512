import type { TextCommand, TextEvent, TextInfo, TextTask } from '@frontier/engine';
import { AppError, messageOf } from '@frontier/errors';
import {
  modelUnavailable,
  overloaded,
  queueTimeout,
  requestAborted,
  shuttingDown,
  textTooExpensive,
} from './batching.errors.js';
import { RestartBackoff } from './restart-backoff.js';
import { TextQueue } from './text-queue.js';
import { watchTime } from './time-limit.js';
import { WorkerProcess } from './worker-process.js';

/** Who asks for a task, and for how long. */
export interface TextUse {
  /** Callers take turns; default ''. */
  caller?: string;
  /** Ends the wait for the task. */
  signal?: AbortSignal;
}

export interface TextLaneOptions {
  /** The model's name, for messages. */
  name: string;
  /** The model's folder. */
  path: string;
  /** The module of the model's plugin. */
  plugin?: string | undefined;
  /** Processor time of a task; one that takes more is ended, with its process. */
  taskTimeoutMs: number;
  /** A task waits so long at most, until it is done. */
  queueTimeoutMs: number;
  /** Tasks that are sent before the first of them is done: a process that waits for each is half as fast. */
  depth: number;
  /** How much the process gives way to others (`nice`), beside what this process does. */
  niceness: number;
  /** Ends the process when it has had nothing to do for so long; default: never. */
  idleMs?: number;
  onLoaded?: (info: TextInfo) => void;
  /** A process could not load the folder; the next one tries again, unless the lane is stopped. */
  onLoadFailed?: (error: AppError) => void;
  onOutput: (line: string) => void;
}

interface Entry {
  task: TextTask;
  size: number;
  caller: string;
  /** Processes that ended while they worked on it. */
  lost: number;
  /** Its caller knows how it ended; the process may still work on it. */
  isSettled: boolean;
  resolve: (result: Int32Array | string) => void;
  reject: (error: AppError) => void;
}

/** What an entry takes beside its characters, in characters. */
const ENTRY_SIZE = 64;
/** A process that ends by itself is not always the fault of the task that it works on; one that does so twice may be. */
const MAX_LOST = 2;
/** A task that gets so little of the processor is ended after this many times its processor time. */
const MAX_SLOWDOWN = 3;
/** Loading blocks the process; one that takes longer never will be loaded. */
const LOAD_TIMEOUT_MS = 600_000;
/** Processes in a row that end by themselves while they load. */
const MAX_LOADS = 5;
/** A tokenizer of a quarter of a million tokens takes about 300 MB; what needs much more is a task that must not go on. */
const PROGRAM = { entry: '@frontier/engine/text-process', flags: ['--max-old-space-size=1024'] };

/** One text process and the tasks that wait for it: it works on one after the other, and is started when there is one. */
export class TextLane {
  private process: WorkerProcess<TextCommand, TextEvent> | undefined;
  /** When the process was loaded; `undefined` while it is not. */
  private loadedAt: number | undefined;
  /** The process was killed here: it gets nothing more, and is not listened to. */
  private isEnding = false;
  private isStopped = false;
  /** Tasks that the process has, in their order; it works on the first. */
  private readonly sent: Entry[] = [];
  private loads = 0;
  /** Ends the watch over the task that the process works on. */
  private unwatch = (): void => {};
  private loadTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly queue = new TextQueue<Entry>();
  private readonly backoff = new RestartBackoff();

  constructor(private readonly options: TextLaneOptions) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the process, if there is none. */
  start(): void {
    if (this.process || this.restartTimer || this.isStopped) return;
    const { path, plugin, niceness, onOutput } = this.options;
    this.isEnding = false;
    try {
      this.process = new WorkerProcess<TextCommand, TextEvent>(PROGRAM, {
        onEvent: (event) => this.onEvent(event),
        onExit: () => this.onExit(),
        onOutput,
      });
    } catch (error) {
      onOutput(`The text process could not be started: ${messageOf(error)}`);
      this.onExit();
      return;
    }
    this.loadTimer = setTimeout(() => this.end('it does not come to an end of loading'), LOAD_TIMEOUT_MS).unref();
    this.process.send({ type: 'load', options: { path, plugin, niceness } });
  }

  /**
   * Runs a task when its turn comes.
   * @param size its characters, or as many as make as much work
   * @throws `overloaded`, `queue_timeout`, `request_aborted`, `shutting_down`, `invalid_request` where it takes too long, and
   * what the task itself fails with
   */
  async run(task: TextTask, size: number, { caller = '', signal }: TextUse): Promise<Int32Array | string> {
    if (this.isStopped) throw shuttingDown();
    if (signal?.aborted) throw requestAborted(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Int32Array | string>();
    const entry: Entry = { task, size: ENTRY_SIZE + size, caller, lost: 0, isSettled: false, resolve, reject };
    const { taskTimeoutMs, queueTimeoutMs } = this.options;
    if (!this.queue.hasRoomFor(entry)) {
      throw overloaded(`texts of ${this.queue.waiting} characters are waiting`, taskTimeoutMs);
    }
    const leave = (error: AppError): void => {
      this.queue.remove(entry);
      this.fail(entry, error);
      this.rest();
    };
    const onAbort = (): void => leave(requestAborted(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => leave(queueTimeout(taskTimeoutMs)), queueTimeoutMs);
    try {
      this.queue.add(entry);
      this.next();
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the process; what waits fails with `shutting_down`. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.unwatch();
    for (const timer of [this.loadTimer, this.idleTimer, this.restartTimer]) clearTimeout(timer);
    this.failAll(shuttingDown());
    this.process?.kill();
    await this.process?.ended;
  }

  private next(): void {
    if (this.queue.isEmpty) return;
    clearTimeout(this.idleTimer);
    this.start();
    if (this.loadedAt === undefined || this.isEnding) return;
    while (this.sent.length < this.options.depth) {
      const entry = this.queue.take();
      if (!entry) return;
      this.sent.push(entry);
      if (this.sent.length === 1) this.watch(entry);
      this.process!.send({ type: 'run', task: entry.task });
    }
  }

  /** Ends a process that has nothing to do, after a while. */
  private rest(): void {
    const { idleMs } = this.options;
    if (idleMs === undefined || this.loadedAt === undefined || this.sent.length > 0 || !this.queue.isEmpty) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.end(), idleMs).unref();
  }

  /** The process works on this task from now on: it is ended when that takes too long. */
  private watch(entry: Entry): void {
    const limitMs = this.options.taskTimeoutMs;
    this.unwatch = watchTime(this.pid, { limitMs, maxMs: MAX_SLOWDOWN * limitMs }, (usedMs, elapsedMs) => {
      const reason = `a text took ${usedMs.toFixed(0)} ms of processor time in ${elapsedMs.toFixed(0)} ms`;
      this.fail(entry, usedMs < limitMs ? overloaded(reason, limitMs) : textTooExpensive());
      this.end(reason);
    });
  }

  private onEvent(event: TextEvent): void {
    if (this.isStopped || this.isEnding) return;
    switch (event.type) {
      case 'loaded':
        clearTimeout(this.loadTimer);
        this.loads = 0;
        this.loadedAt = performance.now();
        this.options.onLoaded?.(event.info);
        this.next();
        this.rest();
        break;
      case 'load_failed': {
        const error = AppError.deserialize(event.error);
        this.failAll(error);
        this.end();
        this.options.onLoadFailed?.(error);
        break;
      }
      case 'done':
        this.finish((entry) => entry.resolve(event.result));
        break;
      case 'failed':
        this.finish((entry) => entry.reject(AppError.deserialize(event.error)));
        break;
    }
  }

  private finish(settle: (entry: Entry) => void): void {
    this.unwatch();
    const done = this.sent.shift();
    if (done && !done.isSettled) {
      done.isSettled = true;
      settle(done);
    }
    if (this.sent.length > 0) this.watch(this.sent[0]);
    this.next();
    this.rest();
  }

  /** Kills the process; another one follows where there is something to do. */
  private end(reason?: string): void {
    if (reason !== undefined) this.options.onOutput(`The text process is ended: ${reason}.`);
    this.isEnding = true;
    this.process?.kill();
  }

  private onExit(): void {
    this.unwatch();
    for (const timer of [this.loadTimer, this.idleTimer]) clearTimeout(timer);
    const { loadedAt, isEnding } = this;
    this.process = undefined;
    this.loadedAt = undefined;
    if (this.isStopped) return;
    const [first, ...others] = this.sent.splice(0);
    if (first && !isEnding && ++first.lost >= MAX_LOST) {
      this.fail(first, overloaded('the process that makes tokens ended twice while it worked on this text', 1000));
    }
    for (const entry of first ? [first, ...others] : []) if (!entry.isSettled) this.queue.add(entry);
    if (loadedAt === undefined && !isEnding && ++this.loads >= MAX_LOADS) {
      this.loads = 0;
      const { name, onLoadFailed } = this.options;
      const error = modelUnavailable(name, `its text process ended ${MAX_LOADS} times while it was loaded`);
      this.failAll(error);
      onLoadFailed?.(error);
    }
    this.restart(
      loadedAt !== undefined && isEnding ? 0 : this.backoff.next(loadedAt ? performance.now() - loadedAt : 0),
    );
  }

  private restart(delayMs: number): void {
    const isWanted = this.options.idleMs === undefined || !this.queue.isEmpty;
    if (!isWanted || this.isStopped) return;
    this.restartTimer = setTimeout(() => {
      this.restartTimer = undefined;
      this.start();
    }, delayMs);
  }

  private fail(entry: Entry, error: AppError): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.reject(error);
  }

  private failAll(error: AppError): void {
    for (const entry of [...this.sent, ...this.queue.drain()]) this.fail(entry, error);
  }
}
