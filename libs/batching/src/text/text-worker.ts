import type { Dtype, TextCommand, TextEvent, TextInfo, TextTask } from '@frontier/engine';
import { AppError, messageOf } from '@frontier/errors';
import { modelUnavailable } from '../generation/batching.errors.js';
import { RestartBackoff } from '../process/restart-backoff.js';
import { WorkerProcess } from '../process/worker-process.js';

export interface TextWorkerOptions {
  /** The model's name, for messages. */
  name: string;
  /** The model's folder. */
  path: string;
  /** As of `ModelOptions`. */
  dtype?: Dtype | undefined;
  /** The module of the model's plugin. */
  plugin?: string | undefined;
  /** The `nice` value of the process, relative to this process. */
  niceness: number;
}

/** Listener of a {@link TextWorker}; nothing is called after {@link TextWorker.stop}. */
interface TextWorkerListener {
  onLoaded(info: TextInfo): void;
  /** The folder could not be loaded; a process that is started later tries again. */
  onLoadFailed(error: AppError): void;
  /** The oldest task that was sent has ended. */
  onResult(result: Extract<TextEvent, { type: 'done' | 'failed' }>): void;
  /** The process has ended. `wasKilled`: by {@link TextWorker.kill}. */
  onExit(wasKilled: boolean): void;
  /** Whether another process is to be started after one has ended. */
  isWanted(): boolean;
  onOutput(line: string): void;
}

/** Loading blocks the process; one that takes longer will never be loaded. */
const LOAD_TIMEOUT_MS = 600_000;
/** Processes in a row that end by themselves while they load. */
const MAX_LOADS = 5;
/** A tokenizer of a quarter of a million tokens takes about 300 MB; a task that needs much more must not go on. */
const PROGRAM = { entry: '@frontier/engine/text-process', flags: ['--max-old-space-size=1024'] };

/** One text process: started on demand, and again after it has ended. */
export class TextWorker {
  private process: WorkerProcess<TextCommand, TextEvent> | undefined;
  /** Time of its loading; `undefined` while it is not loaded. */
  private loadedAt: number | undefined;
  /** The process was killed here: it gets nothing more, and its events are ignored. */
  private isKilled = false;
  private isStopped = false;
  private loads = 0;
  private loadTimer: NodeJS.Timeout | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new RestartBackoff();

  constructor(
    private readonly options: TextWorkerOptions,
    private readonly listener: TextWorkerListener,
  ) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Whether it takes tasks. */
  get isReady(): boolean {
    return this.loadedAt !== undefined && !this.isKilled;
  }

  /** Starts the process, if there is none. */
  start(): void {
    if (this.process || this.restartTimer || this.isStopped) return;
    const { path, dtype, plugin, niceness } = this.options;
    this.isKilled = false;
    try {
      this.process = new WorkerProcess<TextCommand, TextEvent>(PROGRAM, {
        onEvent: (event) => this.onEvent(event),
        onExit: () => this.onExit(),
        onOutput: (line) => this.listener.onOutput(line),
      });
    } catch (error) {
      this.listener.onOutput(`The text process could not be started: ${messageOf(error)}`);
      this.onExit();
      return;
    }
    this.loadTimer = setTimeout(() => this.kill('it does not come to an end of loading'), LOAD_TIMEOUT_MS).unref();
    this.process.send({ type: 'load', options: { path, dtype, plugin, niceness } });
  }

  send(task: TextTask): void {
    this.process!.send({ type: 'run', task });
  }

  /** Kills the process; another one follows where it is wanted. */
  kill(reason?: string): void {
    if (reason !== undefined) this.listener.onOutput(`The text process is ended: ${reason}.`);
    this.isKilled = true;
    this.process?.kill();
  }

  /** Ends the process for good. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of [this.loadTimer, this.restartTimer]) clearTimeout(timer);
    this.process?.kill();
    await this.process?.ended;
  }

  private onEvent(event: TextEvent): void {
    if (this.isStopped || this.isKilled) return;
    switch (event.type) {
      case 'loaded':
        clearTimeout(this.loadTimer);
        this.loads = 0;
        this.loadedAt = performance.now();
        this.listener.onLoaded(event.info);
        break;
      case 'load_failed':
        this.kill();
        this.listener.onLoadFailed(AppError.deserialize(event.error));
        break;
      default:
        this.listener.onResult(event);
    }
  }

  private onExit(): void {
    clearTimeout(this.loadTimer);
    const { loadedAt, isKilled } = this;
    this.process = undefined;
    this.loadedAt = undefined;
    if (this.isStopped) return;
    this.listener.onExit(isKilled);
    if (loadedAt === undefined && !isKilled && ++this.loads >= MAX_LOADS) {
      this.loads = 0;
      const reason = `its text process ended ${MAX_LOADS} times while it was loaded`;
      this.listener.onLoadFailed(modelUnavailable(this.options.name, reason));
    }
    const servedMs = loadedAt === undefined ? 0 : performance.now() - loadedAt;
    const delayMs = loadedAt !== undefined && isKilled ? 0 : this.backoff.next(servedMs);
    if (this.isStopped || !this.listener.isWanted()) return;
    this.restartTimer = setTimeout(() => {
      this.restartTimer = undefined;
      this.start();
    }, delayMs);
  }
}
