/**
 * One sequence of 8,000 tokens: what its prompt takes on an idle engine, what its tokens take afterwards, and what both do to eight short
 * streams beside it.
 *
 *   npm run bench:long [-- --precision int4 --tokens 4000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, loadModel, type Precision, type StepReport } from '@frontier/engine';
import { bytePrompt, SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({ options: { precision: { type: 'string' }, tokens: { type: 'string' } } });
const precision = (values.precision ?? 'int8') as Precision;
const tokens = Number(values.tokens ?? 8000);
const STREAMS = 8;
const ANSWER = 16;
const params = { temperature: 0, ignoreEos: true };
const LONG = { id: 'long', prompt: bytePrompt('y'.repeat(tokens)), params: { ...params, maxNewTokens: ANSWER } };

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const startedIn = (report: StepReport | undefined): boolean =>
  report?.outputs.some(({ id, started }) => id === LONG.id && started) ?? false;

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, { ...SHAPE_135M, max_position_embeddings: 8192 });
  const model = await loadModel({ path: folder, maxBatchSize: STREAMS + 1, contextLength: 8192, precision });

  const alone = async (): Promise<void> => {
    const engine = new Engine(model);
    const decodeMs: number[] = [];
    let [firstMs, longestPieceMs] = [0, 0];
    engine.add(LONG);
    const startedAt = performance.now();
    while (engine.hasWork) {
      const report = await engine.step();
      if (report?.kind === 'prefill') longestPieceMs = Math.max(longestPieceMs, report.durationMs);
      else if (report) decodeMs.push(report.durationMs);
      if (startedIn(report)) firstMs = performance.now() - startedAt;
    }
    console.log(
      `| alone | ${(firstMs / 1000).toFixed(1)} | ${longestPieceMs.toFixed(0)} | | ${median(decodeMs).toFixed(0)} |`,
    );
  };

  const besideStreams = async (): Promise<void> => {
    const engine = new Engine(model);
    for (let i = 0; i < STREAMS; i++) {
      engine.add({ id: String(i), prompt: bytePrompt('x'.repeat(128)), params: { ...params, maxNewTokens: 2000 } });
    }
    const usualMs: number[] = [];
    while (usualMs.length < 30) {
      const report = await engine.step();
      if (report?.kind === 'decode' && report.tokens === STREAMS) usualMs.push(report.durationMs);
    }
    engine.add(LONG);
    const gaps: number[] = [];
    const both: number[] = [];
    let firstMs = 0;
    const startedAt = performance.now();
    let lastAt = startedAt;
    for (let hasEnded = false; !hasEnded;) {
      const report = await engine.step();
      if (startedIn(report)) firstMs = performance.now() - startedAt;
      hasEnded = report?.outputs.some(({ id, finished }) => id === LONG.id && finished) ?? true;
      if (!report?.outputs.some(({ id }) => id === '0')) continue;
      (firstMs === 0 ? gaps : both).push(performance.now() - lastAt);
      lastAt = performance.now();
    }
    for (let i = 0; i < STREAMS; i++) engine.cancel(String(i));
    while (engine.hasWork) await engine.step();
    const [first, gap, largest] = [firstMs / 1000, median(gaps), Math.max(...gaps)];
    const step = median(usualMs);
    console.log(
      `| beside ${STREAMS} streams, whose step was ${step.toFixed(0)} ms | ${first.toFixed(1)} | | ${gap.toFixed(0)}, largest ${largest.toFixed(0)} | ${median(both).toFixed(0)} |`,
    );
  };

  console.log(`${precision}, 135M shape, a prompt of ${tokens} tokens\n`);
  console.log(
    '| | first token, s | longest piece, ms | gap of the others while it is read, ms | step afterwards, ms |',
  );
  console.log('| :-- | --: | --: | --: | --: |');
  await alone();
  await besideStreams();
  console.log(`\n${Math.round(process.resourceUsage().maxRSS / 1024)} MB resident at most`);
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}
