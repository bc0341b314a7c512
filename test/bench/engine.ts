/**
 * Tokens per second of the engine at 1, 4, 8 and 16 streams, beside a bare `session.run` on the same session with the
 * very inputs of the engine's pass: the bound, to which the engine adds cache writes, sampling, text and scheduling.
 * Each pass of the engine is followed by its bare twin, so that a drift of the machine's speed meets both.
 *
 *   npm run bench:engine [-- --precision int4 --tokens 64 --rounds 5]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING_PARAMS, Engine, loadModel, type LoadedModel, type Precision } from '@frontier/engine';
import { bytePrompt, SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({
  options: { tokens: { type: 'string' }, rounds: { type: 'string' }, precision: { type: 'string' } },
});
const TOKENS = Number(values.tokens ?? 32);
const ROUNDS = Number(values.rounds ?? 5);
const PRECISION = (values.precision ?? 'fp32') as Precision;
const PROMPT = 'x'.repeat(128);

/** Duration of one pass in the engine, and bare, in milliseconds. */
interface Pair {
  engineMs: number;
  bareMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, SHAPE_135M);
  const model = await loadModel({ path: folder, maxBatchSize: 16, contextLength: 512, precision: PRECISION });
  console.log(
    `${PRECISION}, 135M shape, ${PROMPT.length} prompt tokens, ${TOKENS} new tokens; medians over the passes of ${ROUNDS} rounds\n`,
  );
  console.log('| streams | sampling | engine tok/s | bare tok/s | engine / bare | x one stream |');
  console.log('| ---: | :--- | ---: | ---: | ---: | ---: |');
  let one = 0;
  for (const streams of [1, 4, 8, 16]) {
    for (const [sampling, temperature] of [
      ['greedy', 0],
      ['t = 0.8', 0.8],
    ] as const) {
      await measure(model, streams, temperature); // warms up
      const pairs: Pair[] = [];
      for (let round = 0; round < ROUNDS; round++) pairs.push(...(await measure(model, streams, temperature)));
      const engine = (streams / median(pairs.map(({ engineMs }) => engineMs))) * 1000;
      const bare = (streams / median(pairs.map(({ bareMs }) => bareMs))) * 1000;
      const ratio = median(pairs.map(({ engineMs, bareMs }) => bareMs / engineMs));
      one ||= engine;
      const cells = [
        streams,
        sampling,
        engine.toFixed(1),
        bare.toFixed(1),
        ratio.toFixed(3),
        (engine / one).toFixed(2),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

/** Times the decode passes that all streams share, each followed by its bare twin. */
async function measure(model: LoadedModel, streams: number, temperature: number): Promise<Pair[]> {
  const engine = new Engine(model, { prefillChunkTokens: 128 });
  const params = { ...DEFAULT_SAMPLING_PARAMS, temperature, maxNewTokens: TOKENS + streams, ignoreEos: true };
  for (let i = 0; i < streams; i++) engine.add({ id: String(i), prompt: bytePrompt(PROMPT), params });

  type Run = (feeds: unknown, fetches: unknown) => Promise<unknown>;
  const session = Reflect.get(model.runner, 'session') as { run: Run };
  const run = session.run.bind(session);
  let pass: Parameters<Run>;
  session.run = (...recorded) => run(...(pass = recorded));
  const pairs: Pair[] = [];
  while (engine.hasWork) {
    const startedAt = performance.now();
    const report = await engine.step();
    const engineMs = performance.now() - startedAt;
    if (report?.kind !== 'decode' || report.tokens < streams) continue;
    // What a sequence that ended was fed is gone.
    if (report.outputs.some(({ finished }) => finished)) continue;
    const bareStartedAt = performance.now();
    await run(...pass!);
    pairs.push({ engineMs, bareMs: performance.now() - bareStartedAt });
  }
  session.run = run;
  return pairs;
}
