/**
 * Tokens per second of the engine on a graphics card: prompts of 512 and 2,048 tokens alone, and 1, 16 and 64 streams that decode,
 * for each provider and precision, beside the CPU of the same machine.
 *
 *   npm run bench:gpu [-- --providers webgpu,cuda,cpu --precisions fp32,int4 --model FOLDER_OR_FILE --chunk 128 --option validationMode=disabled]
 *
 * Without a model, it measures random weights of the shape of SmolLM2-135M.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING_PARAMS, Engine, loadModel, type LoadedModel, type ModelOptions } from '@frontier/engine';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';
import { median } from './median.ts';

const { values } = parseArgs({
  options: {
    providers: { type: 'string', default: 'webgpu,cuda,cpu' },
    precisions: { type: 'string', default: 'fp32,int4' },
    model: { type: 'string' },
    tokens: { type: 'string', default: '32' },
    chunk: { type: 'string', default: '128' },
    option: { type: 'string', multiple: true, default: [] },
  },
});
const STREAMS = [1, 16, 64];
const PROMPTS = [512, 2048];
const CONTEXT = 2176;
const extra = Object.fromEntries(values.option.map((text) => text.split('=')));

const folder = mkdtempSync(join(tmpdir(), 'frontier-gpu-'));
try {
  const path = values.model ?? folder;
  if (values.model === undefined) writeRandomModel(folder, { ...SHAPE_135M, max_position_embeddings: 4096 });
  console.log(
    `${values.model ?? 'SmolLM2-135M, random weights'}; ${cpus().length} x ${cpus()[0].model}; ${JSON.stringify(extra)}\n`,
  );
  console.log(
    `| provider | precision | load s | ${PROMPTS.map((n) => `prompt ${n}`).join(' | ')} | ${STREAMS.map((n) => `${n} streams`).join(' | ')} |`,
  );
  console.log(`|---|---|--:|${'--:|'.repeat(PROMPTS.length + STREAMS.length)}`);
  for (const name of values.providers.split(',') as ('webgpu' | 'cuda' | 'cpu')[]) {
    for (const precision of values.precisions.split(',') as ('fp32' | 'int4')[]) {
      const options = {
        path,
        precision,
        maxBatchSize: 64,
        contextLength: CONTEXT,
        provider: { name, ...(name !== 'cpu' && extra) },
      };
      console.log(await row(options).catch((error: Error) => `| ${name} | ${precision} | ${error.message} |`));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** A line of the table: tokens per second. */
async function row(options: ModelOptions & { provider: { name: string } }): Promise<string> {
  const begin = performance.now();
  const model = await loadModel(options);
  const cells: (string | number)[] = [
    options.provider.name,
    options.precision!,
    ((performance.now() - begin) / 1000).toFixed(1),
  ];
  for (const tokens of PROMPTS) cells.push(await promptRate(model, tokens));
  for (const streams of STREAMS) cells.push(await decodeRate(model, streams));
  await model.runner.release();
  return `| ${cells.join(' | ')} |`;
}

/** Tokens of a prompt per second of its time to the first token, the median of three, after one that warms up. */
async function promptRate(model: LoadedModel, tokens: number): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < 4; round++) {
    const engine = new Engine(model, { prefillChunkTokens: Number(values.chunk) });
    engine.add({
      id: 'prompt',
      prompt: prompt(tokens, round),
      params: { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: 1, ignoreEos: true },
    });
    const begin = performance.now();
    while (engine.hasWork) await engine.step();
    if (round > 0) times.push(performance.now() - begin);
  }
  return Math.round((tokens / median(times)) * 1000).toString();
}

/** Tokens per second of all streams, by the median pass of those that all share. */
async function decodeRate(model: LoadedModel, streams: number): Promise<string> {
  const times: number[] = [];
  const count = Number(values.tokens);
  const engine = new Engine(model, { prefillChunkTokens: Number(values.chunk) });
  const params = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: count + 2 * streams, ignoreEos: true };
  for (let i = 0; i < streams; i++) engine.add({ id: String(i), prompt: prompt(128, i), params });
  while (engine.hasWork && times.length < count) {
    const begin = performance.now();
    const step = await engine.step();
    if (step?.outputs.length === streams && !step.prefilled) times.push(performance.now() - begin);
  }
  for (let i = 0; i < streams; i++) engine.cancel(String(i));
  while (engine.hasWork) await engine.step();
  return Math.round((streams / median(times)) * 1000).toString();
}

function prompt(tokens: number, seed: number): number[] {
  return Array.from({ length: tokens }, (_, i) => 1 + ((i * 31 + seed * 17 + ((i * i) % 13)) % 250));
}
