import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { waitFor } from './server.ts';

export const FRONTIER = resolve(import.meta.dirname, '../../apps/frontier/bin/frontier.cjs');

/** True where this machine has `script` (util-linux), which runs programs in a pseudo-terminal. */
export const hasScript = spawnSync('script', ['--version']).status === 0;

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs commands in a temporary home: no file of the user is read or written. */
export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), 'frontier-command-'));
  readonly env: Record<string, string>;
  private readonly children: ChildProcess[] = [];

  constructor(env: Record<string, string> = {}) {
    this.env = {
      PATH: process.env.PATH!,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      HOME: this.folder,
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      // Of all tests of a run, where there is one; built once.
      GRAPH_CACHE_DIR: process.env.SHARED_GRAPHS ?? '',
      ...env,
    };
  }

  /** Runs a command with pipes to its end. */
  async run(
    args: readonly string[],
    { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
  ): Promise<Ran> {
    const child = this.spawn(args, env);
    child.stdin!.end(input);
    const [stdout, stderr] = await Promise.all([textOf(child, 'stdout'), textOf(child, 'stderr'), once(child, 'exit')]);
    return { code: child.exitCode, stdout, stderr };
  }

  /** Starts a command with pipes. */
  spawn(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [FRONTIER, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: 'pipe',
    });
    this.children.push(child);
    return child;
  }

  /** Starts a command in a terminal of so many columns. */
  terminal(
    args: readonly string[],
    { columns = 100, env = {} }: { columns?: number; env?: Record<string, string> } = {},
  ): TerminalProcess {
    const terminal = new TerminalProcess(args, { columns, cwd: this.folder, env: { ...this.env, ...env } });
    this.children.push(terminal.child);
    return terminal;
  }

  /** Kills running commands, and removes the home. */
  remove(): void {
    for (const child of this.children) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A command that runs in a pseudo-terminal, made by `script`. */
export class TerminalProcess {
  output = '';
  readonly child: ChildProcess;
  private readonly deviceFile: string;

  constructor(
    args: readonly string[],
    { columns, cwd, env }: { columns: number; cwd: string; env: Record<string, string> },
  ) {
    this.deviceFile = join(cwd, `tty-${Math.random().toString(36).slice(2)}`);
    const command = [process.execPath, FRONTIER, ...args].map(quoted).join(' ');
    const line = `stty cols ${columns} rows 40; tty > ${quoted(this.deviceFile)}; exec ${command}`;
    this.child = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd,
      env: { ...env, SHELL: '/bin/sh' },
      stdio: 'pipe',
    });
    this.child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (this.output += chunk));
  }

  /** Waits until the program is about to start; Ctrl-C would be lost before. */
  async starts(): Promise<void> {
    await waitFor(() => existsSync(this.deviceFile) && readFileSync(this.deviceFile, 'utf8') !== '');
  }

  /** Types a text. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Waits until a text is on the screen. */
  async shows(text: string | RegExp): Promise<void> {
    await waitFor(() => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output)), 25_000).catch(
      () => {
        throw new Error(`The terminal never shows ${String(text)}: ${JSON.stringify(this.output)}`);
      },
    );
  }

  resize(columns: number): void {
    spawnSync('stty', ['-F', readFileSync(this.deviceFile, 'utf8').trim(), 'cols', String(columns)]);
  }

  /** Waits for the end. @returns the exit code */
  async exit(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  /** All written lines, also overwritten ones, without escape sequences. */
  get lines(): string[] {
    return stripVTControlCharacters(this.output.replaceAll('\r\n', '\n')).split(/[\r\n]/);
  }
}

/** An output with its numbers, paths and times masked. */
export function masked(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(/\/tmp\/[\w./-]+/g, '<path>')
    .replaceAll(/\d+([.,:]\d+)*/g, '#');
}

async function textOf(child: ChildProcess, stream: 'stdout' | 'stderr'): Promise<string> {
  return Buffer.concat((await child[stream]!.toArray()) as Buffer[]).toString();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
