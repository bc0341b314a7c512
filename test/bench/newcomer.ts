/**
 * What a long prompt does to running streams, and they to it: while eight streams decode, a prompt of 1,500 tokens
 * enters. Told as ratios: the largest gap between two tokens of a stream to the usual step before, and the newcomer's
 * time to its first token to that on an idle engine.
 *
 *   npm run bench:newcomer [-- --precision int4 --prefill int8 --chunk 48 --rounds 3]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, loadModel, type Precision } from '@frontier/engine';
import { bytePrompt, SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string' },
    prefill: { type: 'string' },
    chunk: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const STREAMS = 8;
const PROMPT_TOKENS = 1500;
const precision = (values.precision ?? 'int4') as Precision;
const prefillPrecision = values.prefill as Precision | undefined;
const prefillChunkTokens = values.chunk === undefined ? undefined : Number(values.chunk);
const params = { temperature: 0, ignoreEos: true };

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, SHAPE_135M);
  const model = await loadModel({
    path: folder,
    maxBatchSize: STREAMS + 1,
    contextLength: 2048,
    precision,
    prefillPrecision,
  });

  /** Milliseconds until the first token of a prompt that enters now. */
  const firstTokenMs = async (engine: Engine, onStep: () => void = () => {}): Promise<number> => {
    const startedAt = performance.now();
    engine.add({
      id: 'newcomer',
      prompt: bytePrompt('y'.repeat(PROMPT_TOKENS)),
      params: { ...params, maxNewTokens: 16 },
    });
    for (;;) {
      const report = await engine.step();
      if (report?.kind === 'decode' && report.outputs.some(({ id }) => id === '0')) onStep();
      if (report?.outputs.some(({ id, started }) => id === 'newcomer' && started)) return performance.now() - startedAt;
    }
  };

  const round = async (): Promise<{ stepMs: number; gapMs: number; idleMs: number; busyMs: number }> => {
    const idle = new Engine(model, { prefillChunkTokens });
    const idleMs = await firstTokenMs(idle);
    while (idle.hasWork) await idle.step();

    const engine = new Engine(model, { prefillChunkTokens });
    for (let i = 0; i < STREAMS; i++) {
      engine.add({ id: String(i), prompt: bytePrompt('x'.repeat(128)), params: { ...params, maxNewTokens: 400 } });
    }
    const usual: number[] = [];
    while (usual.length < 30) {
      const startedAt = performance.now();
      const report = await engine.step();
      if (report?.kind === 'decode' && report.tokens === STREAMS) usual.push(performance.now() - startedAt);
    }
    const gaps: number[] = [];
    let lastAt = performance.now();
    const onStep = (): void => {
      gaps.push(performance.now() - lastAt);
      lastAt = performance.now();
    };
    const busyMs = await firstTokenMs(engine, onStep);
    while (gaps.length < 120) if ((await engine.step())?.outputs.some(({ id }) => id === '0')) onStep();
    // The streams have grown meanwhile, and their steps with them.
    for (let i = 0; i < 30; i++) {
      const startedAt = performance.now();
      await engine.step();
      usual.push(performance.now() - startedAt);
    }
    for (let i = 0; i < STREAMS; i++) engine.cancel(String(i));
    while (engine.hasWork) await engine.step();
    return { stepMs: usual.toSorted((a, b) => a - b)[30], gapMs: Math.max(...gaps), idleMs, busyMs };
  };

  await round(); // warms up
  console.log(
    `${precision}, prompts in ${prefillPrecision ?? 'its default precision'}, 135M shape, ${STREAMS} streams\n`,
  );
  console.log('| step ms | largest gap ms | gap / step | first token idle ms | busy ms | busy / idle |');
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
  for (let i = 0; i < Number(values.rounds ?? 3); i++) {
    const { stepMs, gapMs, idleMs, busyMs } = await round();
    const cells = [stepMs, gapMs, gapMs / stepMs, idleMs, busyMs, busyMs / idleMs];
    console.log(`| ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |`);
  }
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}
