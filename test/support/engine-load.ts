import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Time and memory of a load; megabytes are those of Linux's /proc. */
export interface EngineLoad {
  /** From the start of the process until it reports that the model is loaded. */
  readyMs: number;
  /** Of all threads: a figure that other work on the machine changes less. */
  cpuMs: number;
  /** The resident set when the model is loaded. */
  keptMb: number;
  /** Of it, what is no mapped file. */
  keptAnonMb: number;
  /** The resident set at its largest. */
  peakMb: number;
  peakAnonMb: number;
}

/** A figure of `/proc/PID/status`, in MB. */
function statusMb(status: string, field: string): number {
  return Math.round((Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6);
}

/** Milliseconds that a process has computed; Linux counts in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/**
 * Starts an engine process with the flags of `EngineSupervisor`, and ends it when its model is loaded.
 * @param checkout a folder with the build; default: this one
 */
export async function loadEngine(
  options: Record<string, unknown>,
  checkout = resolve(import.meta.dirname, '../..'),
): Promise<EngineLoad> {
  const startedAt = performance.now();
  const child = fork(join(checkout, 'libs/engine/dist/process/main.js'), {
    serialization: 'advanced',
    execArgv: ['--no-maglev', '--enable-source-maps'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: String(2 ** 20) },
  });
  const { promise: ready, resolve: onReady, reject } = Promise.withResolvers<number>();
  child.on('message', (event: { type: string; error?: { message: string } }) => {
    if (event.type === 'loaded') onReady(performance.now() - startedAt);
    else reject(new Error(event.error?.message ?? event.type));
  });
  child.on('exit', () => reject(new Error('The engine process ended.')));
  const status = (): string => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  let peakAnonMb = 0;
  const sampling = setInterval(() => (peakAnonMb = Math.max(peakAnonMb, statusMb(status(), 'RssAnon'))), 5);
  try {
    child.send({ type: 'load', options });
    const readyMs = await ready;
    const computedMs = cpuMs(child.pid!);
    clearInterval(sampling);
    await setTimeout(200);
    const end = status();
    const [peakMb, keptMb, keptAnonMb] = ['VmHWM', 'VmRSS', 'RssAnon'].map((field) => statusMb(end, field));
    return { readyMs, cpuMs: computedMs, keptMb, keptAnonMb, peakMb, peakAnonMb };
  } finally {
    clearInterval(sampling);
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }
}
