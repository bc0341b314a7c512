import type { AnyModelInfo, EngineCommand, EngineEvent, EngineProcessOptions } from '@frontier/engine';
import { messageOf, type SerializedAppError } from '@frontier/errors';
import { RestartBackoff } from './restart-backoff.js';
import { type ProcessExit, WorkerProcess } from './worker-process.js';

/** The process of a model's engine. */
export type EngineProcess = WorkerProcess<EngineCommand, EngineEvent>;

/** Events of an engine process at work. */
export type EngineWorkEvent = Exclude<EngineEvent, { type: 'loaded' | 'load_failed' | 'pong' }>;

interface EngineSupervisorOptions {
  engine: EngineProcessOptions;
  /** An engine process that is silent for this long counts as hung, and is killed. At least one forward pass must fit in. */
  hangTimeoutMs: number;
}

/** Listener of an {@link EngineSupervisor}; nothing is called after {@link EngineSupervisor.stop}. */
interface EngineProcessListener {
  onLoaded(process: EngineProcess, info: AnyModelInfo): void;
  /** The model could not be loaded; the process ends, and another one tries again. */
  onLoadFailed(error: SerializedAppError): void;
  onEvent(event: EngineWorkEvent): void;
  /** The process has ended; another one starts, at once or after a delay. */
  onExit(reason: string): void;
  onOutput(line: string): void;
}

/**
 * V8's middle tier inlines the sampler's loops and then keeps them: a greedy choice over 49,152 logits took 0.3 ms
 * instead of 0.07. Without it they reach the optimising compiler. glibc raises its limit for memory that is mapped, and given
 * back when it is freed, up to 32 MiB as it goes; caches that grow and shrink then leave holes in the heap. With a fixed limit
 * an engine under random load took a quarter less.
 */
const ENGINE_PROGRAM = {
  entry: '@frontier/engine/process',
  flags: ['--no-maglev'],
  environment: { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) },
  hasTemporaryFolder: true,
};

/** Loading blocks the process from its first message on; a model that takes longer will never be loaded. */
const LOAD_TIMEOUT_MS = 600_000;

/** Heartbeats without which an engine is not supervised. */
const MISSED_BEATS = 12;

/** Keeps one model's engine process alive: kills a process that hangs, and starts another one after any end. */
export class EngineSupervisor {
  private process: EngineProcess | undefined;
  private isStopped = false;
  private restartCount = 0;
  /** Time at which the process had loaded its model; `undefined` while it loads. */
  private loadedAt: number | undefined;
  private lastSeenAt = 0;
  private lastBeatAt = performance.now();
  /** The reason for which the process was killed, if it was. */
  private killReason: string | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new RestartBackoff();
  private readonly heartbeat: NodeJS.Timeout;

  /** Starts the first process. */
  constructor(
    private readonly options: EngineSupervisorOptions,
    private readonly listener: EngineProcessListener,
  ) {
    this.heartbeat = setInterval(() => this.beat(), options.hangTimeoutMs / 4).unref();
    this.spawn();
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get restarts(): number {
    return this.restartCount;
  }

  /** Whether the process is watched: false only where this process itself has come to a stop. */
  get isSupervising(): boolean {
    const limitMs = MISSED_BEATS * (this.options.hangTimeoutMs / 4);
    return this.isStopped || performance.now() - this.lastBeatAt < limitMs;
  }

  /** Ends the process for good, and settles when it has ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.restartTimer);
    this.process?.kill();
    await this.process?.ended;
  }

  private spawn(): void {
    this.lastSeenAt = performance.now();
    this.loadedAt = undefined;
    this.killReason = undefined;
    try {
      this.process = new WorkerProcess<EngineCommand, EngineEvent>(ENGINE_PROGRAM, {
        onEvent: (event) => this.onEvent(event),
        onExit: (exit) => this.onExit(exit),
        onOutput: (line) => this.listener.onOutput(line),
      });
    } catch (error) {
      this.killReason = `could not be started: ${messageOf(error)}`;
      this.onExit({ code: null, signal: null });
      return;
    }
    this.process.send({ type: 'load', options: this.options.engine });
  }

  private onEvent(event: EngineEvent): void {
    if (this.isStopped) return;
    this.lastSeenAt = performance.now();
    switch (event.type) {
      case 'loaded':
        this.loadedAt = performance.now();
        this.listener.onLoaded(this.process!, event.info);
        break;
      case 'load_failed':
        this.kill(`could not load: ${event.error.message}`);
        this.listener.onLoadFailed(event.error);
        break;
      case 'pong':
        break;
      default:
        this.listener.onEvent(event);
    }
  }

  private kill(reason: string): void {
    this.killReason = reason;
    this.process?.kill();
  }

  private onExit({ code, signal }: ProcessExit): void {
    this.process = undefined;
    if (this.isStopped) return;
    const reason = this.killReason ?? `ended (${signal ?? `exit code ${code}`})`;
    const servedMs = this.loadedAt === undefined ? 0 : performance.now() - this.loadedAt;
    this.restartCount++;
    this.restartTimer = setTimeout(() => this.spawn(), this.backoff.next(servedMs));
    this.listener.onExit(reason);
  }

  /** Pings the process, and kills it if it has been silent for too long although it was asked. */
  private beat(): void {
    const { hangTimeoutMs } = this.options;
    const now = performance.now();
    // If this process itself was stopped, or very late, the silence is not the engine's: it gets a new chance.
    if (now - this.lastBeatAt > hangTimeoutMs / 2) this.lastSeenAt = now;
    this.lastBeatAt = now;
    if (!this.process) return;
    const limitMs = this.loadedAt === undefined ? LOAD_TIMEOUT_MS : hangTimeoutMs;
    if (now - this.lastSeenAt > limitMs) this.kill(`hung (no sign of life for ${limitMs} ms)`);
    else this.process.send({ type: 'ping' });
  }
}
