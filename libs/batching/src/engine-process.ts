import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineCommand, EngineEvent } from '@frontier/engine';

/**
 * V8's middle tier inlines the sampler's loops and then keeps them: a greedy choice over 49,152 logits took 0.3 ms
 * instead of 0.07. Without it they reach the optimising compiler.
 */
const ENGINE_FLAGS = [
  '--no-maglev',
  '--enable-source-maps',
  `--import=${new URL('./ignore-signals.js', import.meta.url).href}`,
];

/**
 * glibc raises its limit for memory that is mapped, and given back when it is freed, up to 32 MiB as it goes; caches that
 * grow and shrink then leave holes in the heap. With a fixed limit an engine under random load took a quarter less.
 */
const MALLOC_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

/** How an engine process ended. */
export interface EngineExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface EngineProcessListener {
  onEvent(event: EngineEvent): void;
  /** Called once, whatever ended the process; no event follows. */
  onExit(exit: EngineExit): void;
  /** A line that the process wrote. */
  onOutput(line: string): void;
}

/** One child process that runs an engine, and its message channel. */
export class EngineProcess {
  /** Settles when the process has ended and its temporary files are gone. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;

  constructor(listener: EngineProcessListener) {
    // A process that is killed while it loads cannot clean up what it wrote.
    const temporaryFolder = mkdtempSync(join(tmpdir(), 'frontier-engine-'));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.child = fork(fileURLToPath(import.meta.resolve('@frontier/engine/process')), {
      serialization: 'advanced',
      execArgv: ENGINE_FLAGS,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...MALLOC_ENVIRONMENT, ...process.env, TMPDIR: temporaryFolder, TEMP: temporaryFolder },
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface(stream).on('line', (line) => listener.onOutput(line));
    }
    let exited = false;
    const exit = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (exited) return;
      exited = true;
      try {
        rmSync(temporaryFolder, { recursive: true, force: true });
      } catch {
        // What cannot be removed stays; the process has ended all the same, and its listener must know.
      }
      resolve();
      listener.onExit({ code, signal });
    };
    this.child.on('message', (event) => {
      if (!exited) listener.onEvent(event as EngineEvent);
    });
    this.child.on('exit', exit);
    // A process that could not be started has no exit; one that cannot be reached is of no use.
    this.child.on('error', () => {
      this.kill();
      if (this.child.pid === undefined) exit(null, null);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(command: EngineCommand): void {
    // A send that fails means that the process is gone; its exit tells the listener.
    if (this.child.connected) this.child.send(command, () => {});
  }

  /** Ends the process at once, also in the middle of a native call. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
