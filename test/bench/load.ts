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
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type EngineLoad, loadEngine } from '../support/engine-load.ts';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({
  options: {
    precisions: { type: 'string', default: 'fp32,int8,int4' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string' },
    model: { type: 'string' },
  },
});

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
    const loads = new Map<string, EngineLoad[]>();
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [name, checkout] of checkouts) {
        const graphCache = mkdtempSync(join(folder, 'cache-'));
        const options = { path, maxBatchSize: 32, contextLength: 2048, precision, graphCache };
        for (const start of ['cold', 'cached']) {
          const key = `${start} ${name}`;
          loads.set(key, [...(loads.get(key) ?? []), await loadEngine(options, checkout)]);
        }
        rmSync(graphCache, { recursive: true });
      }
    }
    for (const start of ['cold', 'cached']) {
      for (const name of checkouts.keys()) {
        const of = (field: keyof EngineLoad): number =>
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
