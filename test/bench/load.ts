/**
 * Time and memory of loading a model: an engine process is started as the server starts it, and reports when it is ready.
 * `cold` builds the graph, `cached` takes it from the cache that the cold start left. The files are in the page cache before.
 *
 *   npm run bench:load [-- --precisions fp32,int8,int4 --rounds 3 --against FOLDER]
 *
 * FOLDER is another checkout, built; its processes take turns with ours. Megabytes are those of Linux's /proc: `peak` is the
 * resident set at its largest (`VmHWM`), `kept` the one after the warm-up; `anon` is memory of the process's own, the rest is
 * mapped files, which the system may take back.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({
  options: {
    precisions: { type: 'string', default: 'fp32,int8,int4' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string' },
    model: { type: 'string' },
  },
});

interface Load {
  readyMs: number;
  /** Of all threads: a figure that other work on the machine changes less. */
  cpuMs: number;
  keptMb: number;
  keptAnonMb: number;
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

/** Starts an engine process with the flags of `EngineSupervisor`, and ends it when its model is loaded. */
async function load(checkout: string, options: Record<string, unknown>): Promise<Load> {
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

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  const path = values.model ?? join(folder, 'model');
  if (values.model === undefined) writeRandomModel(path, SHAPE_135M);
  const checkouts = new Map([['this', resolve(import.meta.dirname, '../..')]]);
  if (values.against !== undefined) checkouts.set('other', resolve(values.against));
  const rows = [];
  for (const precision of values.precisions.split(',')) {
    const loads = new Map<string, Load[]>();
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [name, checkout] of checkouts) {
        const graphCache = mkdtempSync(join(folder, 'cache-'));
        const options = { path, maxBatchSize: 32, contextLength: 2048, precision, graphCache };
        for (const start of ['cold', 'cached']) {
          const key = `${start} ${name}`;
          loads.set(key, [...(loads.get(key) ?? []), await load(checkout, options)]);
        }
        rmSync(graphCache, { recursive: true });
      }
    }
    for (const start of ['cold', 'cached']) {
      for (const name of checkouts.keys()) {
        const of = (field: keyof Load): number =>
          Math.round(median(loads.get(`${start} ${name}`)!.map((l) => l[field])));
        rows.push({
          precision,
          start,
          checkout: name,
          'ready ms': of('readyMs'),
          'CPU ms': of('cpuMs'),
          'kept MB': of('keptMb'),
          anon: of('keptAnonMb'),
          'peak MB': of('peakMb'),
          'peak anon': of('peakAnonMb'),
          'peak - kept': of('peakMb') - of('keptMb'),
        });
      }
    }
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
