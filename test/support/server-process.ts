import { type ChildProcessByStdio, spawn, type StdioOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waitFor } from './server.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface ProcessOptions {
  /** Instead of Node; in a process group of its own. */
  command?: string[];
  /** The working folder; default: that of the repository. */
  folder?: string;
  /** Serves what it serves by default, instead of the language model alone. */
  hasDefaultModels?: boolean;
  /** Opens an IPC channel, for what is loaded into the process beside the server. */
  hasChannel?: boolean;
}

/** The server as `npm start` runs it, in a process of its own. */
export class ServerProcess {
  output = '';
  /** Default folder of its jobs. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'frontier-data-'));
  readonly child: ChildProcessByStdio<null, Readable, Readable>;

  /** @param flags of Node */
  constructor(
    env: Record<string, string>,
    flags: string[] = [],
    { command, folder = ROOT, hasDefaultModels = false, hasChannel = false }: ProcessOptions = {},
  ) {
    const main = join(ROOT, 'apps/server/dist/main.js');
    const [file, ...args] = command ?? [process.execPath, ...flags, '--enable-source-maps', main];
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(hasChannel ? (['ipc'] as const) : [])];
    this.child = spawn(file, args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        PORT: '0',
        DATA_DIR: this.folder,
        ...(!hasDefaultModels && { TRUTHGPT_CONFIG: join(import.meta.dirname, 'one-model.yaml') }),
        ...env,
      },
      stdio,
      detached: command !== undefined,
    }) as ChildProcessByStdio<null, Readable, Readable>;
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** `npm start` itself, in a process group of its own. */
  static npmStart(env: Record<string, string>, folder?: string): ServerProcess {
    return new ServerProcess(env, [], { command: ['npm', 'start'], folder });
  }

  /** Signals every process of its group. */
  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async exit(): Promise<{ code: number | null; signal: string | null }> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async url(): Promise<string> {
    await waitFor(() => /http:\/\/127\.0\.0\.1:\d+/.test(this.output));
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.output)![0];
  }

  async ready(): Promise<string> {
    const url = await this.url();
    await waitFor(async () => (await fetch(`${url}/ready`)).status === 200);
    return url;
  }

  /** The id of its engine process. */
  async engine(): Promise<number> {
    return this.childRunning('process/main.js');
  }

  /** The id of its text process. */
  async text(): Promise<number> {
    return this.childRunning('process/text-main.js');
  }

  private async childRunning(file: string): Promise<number> {
    const ps = spawn('ps', ['-o', 'pid=,args=', '--ppid', String(this.child.pid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines = Buffer.concat((await ps.stdout.toArray()) as Buffer[])
      .toString()
      .split('\n');
    const pids = lines.filter((line) => line.includes(file)).map((line) => parseInt(line, 10));
    if (pids.length !== 1) throw new Error(`The server has no process of ${file}, or several.`);
    return pids[0];
  }
}
