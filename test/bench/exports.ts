/**
 * Decode and prefill of SmolLM2 as exported to ONNX beside the engine's own graph of the same weights, in rounds that take turns; and the engine beside
 * a bare `session.run` of its pass. The exports are made by hand: test/real/exports.py.
 *
 *   npm run bench:exports [-- --rounds 5 --tokens 32]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING_PARAMS, Engine, loadModel, type LoadedModel, type ModelOptions } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';

const { values } = parseArgs({ options: { tokens: { type: 'string' }, rounds: { type: 'string' } } });
const TOKENS = Number(values.tokens ?? 32);
const ROUNDS = Number(values.rounds ?? 5);
const PROMPT_TOKENS = 128;

const own = (precision: 'fp32' | 'int8' | 'int4') => ({ path: join(ASSETS.exports, 'smollm2-safetensors'), precision });
const exported = (dtype: 'fp32' | 'q8' | 'q4') => ({ path: join(ASSETS.exports, 'smollm2'), dtype });
const PAIRS: [Pick<ModelOptions, 'path'>, string, Pick<ModelOptions, 'path'>][] = [
  [own('fp32'), 'model.onnx', exported('fp32')],
  [own('int8'), 'model_quantized.onnx', exported('q8')],
  [own('int4'), 'model_q4.onnx', exported('q4')],
];

/** Medians of passes, in milliseconds. */
interface Times {
  decode: number;
  /** The same pass without the engine. */
  bare: number;
  prefill: number;
}

console.log(`${PROMPT_TOKENS} prompt tokens, ${TOKENS} new tokens; medians of ${ROUNDS} rounds that take turns\n`);
console.log(
  '| export | streams | ms a step | of our graph | our graph / export | bare / engine | prompt: our graph / export |',
);
console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const [ownOptions, file, exportOptions] of PAIRS) {
  const shape = { maxBatchSize: 16, contextLength: 512 };
  const models = [await loadModel({ ...ownOptions, ...shape }), await loadModel({ ...exportOptions, ...shape })];
  for (const streams of [1, 4, 16]) {
    const rounds: Times[][] = [[], []];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [i, model] of models.entries()) {
        const times = await measure(model, streams);
        // The first round warms up.
        if (round > 0) rounds[i].push(times);
      }
    }
    const of = (i: number, key: keyof Times): number => median(rounds[i].map((times) => times[key]));
    const cells = [
      file,
      streams,
      of(1, 'decode').toFixed(1),
      of(0, 'decode').toFixed(1),
      (of(0, 'decode') / of(1, 'decode')).toFixed(2),
      (of(1, 'bare') / of(1, 'decode')).toFixed(3),
      (of(0, 'prefill') / of(1, 'prefill')).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  for (const { runner } of models) await runner.release();
}

async function measure(model: LoadedModel, streams: number): Promise<Times> {
  const engine = new Engine(model, { prefillChunkTokens: PROMPT_TOKENS });
  const params = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: TOKENS + streams, ignoreEos: true };
  for (let i = 0; i < streams; i++) {
    const prompt = Array.from({ length: PROMPT_TOKENS }, (_, at) => 1000 + ((at * 37 + i * 11) % 20_000));
    engine.add({ id: String(i), prompt, params });
  }
  type Run = (feeds: unknown, fetches: unknown) => Promise<unknown>;
  const session = Reflect.get(model.runner, 'session') as { run: Run };
  const run = session.run.bind(session);
  let pass: Parameters<Run>;
  session.run = (...recorded) => run(...(pass = recorded));
  const times: Record<keyof Times, number[]> = { decode: [], bare: [], prefill: [] };
  while (engine.hasWork) {
    const startedAt = performance.now();
    const report = await engine.step();
    const ms = performance.now() - startedAt;
    if (report?.kind === 'prefill') times.prefill.push(ms);
    if (report?.kind !== 'decode' || report.tokens < streams) continue;
    // What a sequence that ended was fed is gone.
    if (report.outputs.some(({ finished }) => finished)) continue;
    times.decode.push(ms);
    const bareStartedAt = performance.now();
    await run(...pass!);
    times.bare.push(performance.now() - bareStartedAt);
  }
  session.run = run;
  return { decode: median(times.decode), bare: median(times.bare), prefill: median(times.prefill) };
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
