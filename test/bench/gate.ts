/**
 * A guard against a slower engine: decode, prefill and a chat on the prefix cache, each beside bare products of the same matrices in ONNX Runtime, in
 * turns: what else the machine does only slows a round, so the fastest rounds of both are compared. Their ratios stand beside those that were
 * kept for a machine like this one; the run fails if one is below nine tenths of its own. Weights are random, in the shape of SmolLM2-135M.
 *
 *   npm run bench:gate [-- --rounds 5 --update]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel } from '@frontier/engine';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';
import { type Baseline, MACHINE, readBaseline, writeBaseline } from './gate/baseline.ts';
import { POINTS } from './gate/points.ts';
import { llamaMatrices } from './machine/llama-matrices.ts';
import { Products } from './machine/products.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, update: { type: 'boolean', default: false } },
});
const ROUNDS = Number(values.rounds);
/** Of the baseline. */
const LEAST_SHARE = 0.9;

const kept = readBaseline();
if (!kept && !values.update) {
  throw new Error(`There is no baseline for ${MACHINE}: measure one on a quiet machine with --update.`);
}
const measured = await measure();
console.log(`${MACHINE}; fastest of ${ROUNDS} rounds, bare products / engine\n`);
console.log('| | now | baseline | now / baseline |');
console.log('| :--- | ---: | ---: | ---: |');
const slower: string[] = [];
for (const [name, ratio] of Object.entries(measured)) {
  const before = kept?.[name];
  const share = before === undefined ? undefined : ratio / before;
  console.log(`| ${name} | ${ratio.toFixed(3)} | ${before?.toFixed(3) ?? '–'} | ${share?.toFixed(2) ?? '–'} |`);
  if (share !== undefined && share < LEAST_SHARE) slower.push(name);
}
if (values.update) writeBaseline(measured);
else if (slower.length > 0) {
  console.error(`\nSlower than ${LEAST_SHARE} of the baseline: ${slower.join(', ')}.`);
  process.exitCode = 1;
}

async function measure(): Promise<Baseline> {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
  const baseline: Baseline = {};
  try {
    writeRandomModel(folder, SHAPE_135M);
    for (const [precision, points] of Object.entries(POINTS) as [
      keyof typeof POINTS,
      (typeof POINTS)[keyof typeof POINTS],
    ][]) {
      const threads = availableParallelism();
      const model = await loadModel({ path: folder, maxBatchSize: 16, contextLength: 1024, precision, threads });
      const products = await Products.open(precision, llamaMatrices(SHAPE_135M), { threads, spinning: false });
      for (const point of points) {
        const fastest = { engine: Infinity, products: Infinity };
        for (let round = 0; round < ROUNDS; round++) {
          const times = await point.time({ model, products });
          fastest.engine = Math.min(fastest.engine, times.engine);
          fastest.products = Math.min(fastest.products, times.products);
        }
        baseline[`${precision}, ${point.name}`] = Number((fastest.products / fastest.engine).toFixed(3));
      }
      await products.release();
      await model.runner.release();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return baseline;
}
