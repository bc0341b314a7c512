import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Signals of a terminal or a service manager are this process's to handle, from the moment a child starts. */
const FLAGS = ['--enable-source-maps', `--import=${new URL('./ignore-signals.js', import.meta.url).href}`];

/** The end of a process. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface ProcessListener<Event> {
  onEvent(event: Event): void;
  /** Called once, at any end of the process; no event follows. */
  onExit(exit: ProcessExit): void;
  /** A line that the process wrote. */
  onOutput(line: string): void;
}

/** The program of a process and its environment. */
interface ProcessProgram {
  /** The specifier of its module. */
  entry: string;
  /** Flags of Node. */
  flags: readonly string[];
  /** Variables beside those of this process. */
  environment?: Readonly<Record<string, string>>;
  /** Whether it gets a folder for temporary files, which is removed when it ends. */
  hasTemporaryFolder?: boolean;
}

/** A child process and its message channel. */
export class WorkerProcess<Command, Event> {
  /** Settles when the process has ended and its temporary files are gone. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;

  constructor(program: ProcessProgram, listener: ProcessListener<Event>) {
    const { entry, flags, environment, hasTemporaryFolder } = program;
    // A process that is killed while it loads cannot clean up what it wrote.
    const folder = hasTemporaryFolder ? mkdtempSync(join(tmpdir(), 'frontier-engine-')) : undefined;
    const temporary = folder === undefined ? {} : { TMPDIR: folder, TEMP: folder };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.child = fork(fileURLToPath(import.meta.resolve(entry)), {
      serialization: 'advanced',
      execArgv: [...flags, ...FLAGS],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...environment, ...process.env, ...temporary },
    });
    let exited = false;
    const exit = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (exited) return;
      exited = true;
      try {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      } catch {
        // A folder that cannot be removed stays; the process has ended all the same, and its listener must know.
      }
      resolve();
      listener.onExit({ code, signal });
    };
    // Of a child that could not be started there may be nothing but its error.
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => listener.onOutput(line));
    }
    this.child.on('message', (event) => {
      if (!exited) listener.onEvent(event as Event);
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

  send(command: Command): void {
    // A send that fails means that the process is gone; its exit reaches the listener.
    if (this.child.connected) this.child.send(command as object, () => {});
  }

  /** Ends the process at once, also in the middle of a native call. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
