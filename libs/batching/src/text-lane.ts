import type { TextCommand, TextEvent, TextInfo, TextTask } from '@frontier/engine';
import { AppError, type SerializedAppError } from '@frontier/errors';
import { overloaded, queueTimeout, requestAborted, shuttingDown, textTooExpensive } from './batching.errors.js';
import { FairQueue } from './fair-queue.js';
import { RestartBackoff } from './restart-backoff.js';
import { WorkerProcess } from './worker-process.js';

/** Who asks for a task, and for how long. */
export interface TextUse {
  /** Callers take turns; default ''. */
  caller?: string;
  /** Ends the wait for the task. */
  signal?: AbortSignal;
}

export interface TextLaneOptions {
  /** The model's folder. */
  path: string;
  /** A task that runs longer is ended, with its process. */
  taskTimeoutMs: number;
  /** A task waits so long at most. */
  queueTimeoutMs: number;
  /** Tasks that are sent before the first of them is done: a process that waits for each is half as fast. */
  depth: number;
  /** How much the process gives way to others (`nice`). */
  niceness: number;
  /** Ends the process when it has had nothing to do for so long; default: never. */
  idleMs?: number;
  onLoaded?: (info: TextInfo) => void;
  onLoadFailed?: (error: AppError) => void;
  onOutput: (line: string) => void;
}

interface Entry {
  task: TextTask;
  size: number;
  caller: string;
  settle: PromiseWithResolvers<Int32Array | string>;
  /** Processes that ended while they worked on it. */
  lost: number;
}

/** Characters that wait at most, together; tokens count as four. */
const MAX_WAITING_SIZE = 2 ** 24;
/** A process that ends by itself is not always the fault of the task that it works on; one that does so twice is. */
const MAX_LOST = 2;
/** A tokenizer of a quarter of a million tokens takes about 300 MB; what needs much more is a task that must not go on. */
const PROGRAM = { entry: '@frontier/engine/text-process', flags: ['--max-old-space-size=1024'] };

/** One text process and the tasks that wait for it: it works on one after the other, and is started when there is one. */
export class TextLane {
  private process: WorkerProcess<TextCommand, TextEvent> | undefined;
  private isLoaded = false;
  private isStopped = false;
  /** Tasks that the process has, in their order; it works on the first. */
  private readonly sent: Entry[] = [];
  private hasTimedOut = false;
  private taskTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private waitingSize = 0;
  private readonly queue = new FairQueue<Entry>();
  private readonly backoff = new RestartBackoff();

  constructor(private readonly options: TextLaneOptions) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the process, if there is none. */
  start(): void {
    if (this.process || this.restartTimer || this.isStopped) return;
    const { path, niceness, onOutput } = this.options;
    this.hasTimedOut = false;
    this.process = new WorkerProcess<TextCommand, TextEvent>(PROGRAM, {
      onEvent: (event) => this.onEvent(event),
      onExit: () => this.onExit(),
      onOutput,
    });
    this.process.send({ type: 'load', path, niceness });
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
    if (this.waitingSize > 0 && this.waitingSize + size > MAX_WAITING_SIZE) {
      throw overloaded(`texts of ${this.waitingSize} characters are waiting`, this.options.taskTimeoutMs);
    }
    const settle = Promise.withResolvers<Int32Array | string>();
    const entry: Entry = { task, size, caller, settle, lost: 0 };
    this.enqueue(entry);
    const leave = (error: AppError): void => {
      if (!this.queue.remove(caller, entry)) return;
      this.waitingSize -= size;
      settle.reject(error);
    };
    const onAbort = (): void => leave(requestAborted(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => leave(queueTimeout(this.options.taskTimeoutMs)), this.options.queueTimeoutMs);
    this.next();
    try {
      return await settle.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the process; what waits fails with `shutting_down`. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of [this.taskTimer, this.idleTimer, this.restartTimer]) clearTimeout(timer);
    for (const { settle } of this.sent) settle.reject(shuttingDown());
    this.failAll(shuttingDown());
    this.process?.kill();
    await this.process?.ended;
  }

  private enqueue(entry: Entry): void {
    this.queue.add(entry.caller, entry);
    this.waitingSize += entry.size;
  }

  private next(): void {
    if (this.queue.isEmpty) return;
    clearTimeout(this.idleTimer);
    this.start();
    if (!this.isLoaded) return;
    while (this.sent.length < this.options.depth) {
      const entry = this.queue.take();
      if (!entry) return;
      this.waitingSize -= entry.size;
      this.sent.push(entry);
      if (this.sent.length === 1) this.watch();
      this.process!.send({ type: 'run', task: entry.task });
    }
  }

  /** The process works on the first task from now on. */
  private watch(): void {
    this.taskTimer = setTimeout(() => {
      this.hasTimedOut = true;
      this.options.onOutput('The text process is ended: a task takes too long.');
      this.process?.kill();
    }, this.options.taskTimeoutMs);
  }

  private onEvent(event: TextEvent): void {
    if (this.isStopped) return;
    switch (event.type) {
      case 'loaded':
        this.isLoaded = true;
        this.options.onLoaded?.(event.info);
        this.next();
        break;
      case 'load_failed':
        this.onLoadFailed(event.error);
        break;
      case 'done':
        this.finish(({ resolve }) => resolve(event.result));
        break;
      case 'failed':
        this.finish(({ reject }) => reject(AppError.deserialize(event.error)));
        break;
    }
  }

  private finish(settle: (entry: Entry['settle']) => void): void {
    clearTimeout(this.taskTimer);
    const done = this.sent.shift();
    if (done) settle(done.settle);
    if (this.sent.length > 0) this.watch();
    this.next();
    const { idleMs } = this.options;
    if (idleMs === undefined || this.sent.length > 0) return;
    this.idleTimer = setTimeout(() => this.process?.kill(), idleMs).unref();
  }

  private onLoadFailed(serialized: SerializedAppError): void {
    const error = AppError.deserialize(serialized);
    this.failAll(error);
    this.options.onLoadFailed?.(error);
    this.process?.kill();
  }

  private onExit(): void {
    clearTimeout(this.taskTimer);
    const wasLoaded = this.isLoaded;
    this.isLoaded = false;
    const [first, ...others] = this.sent.splice(0);
    this.process = undefined;
    if (this.isStopped) return;
    if (first) {
      first.lost++;
      if (this.hasTimedOut || first.lost >= MAX_LOST) first.settle.reject(textTooExpensive());
      else this.enqueue(first);
    }
    for (const entry of others) this.enqueue(entry);
    if (this.queue.isEmpty && this.options.idleMs !== undefined) return;
    // A process that loads is started again at once: the next one is as good.
    const delayMs = wasLoaded ? 0 : this.backoff.next(0);
    this.restartTimer = setTimeout(() => {
      this.restartTimer = undefined;
      this.start();
    }, delayMs);
  }

  private failAll(error: AppError): void {
    for (const { settle } of this.queue.drain()) settle.reject(error);
    this.waitingSize = 0;
  }
}
