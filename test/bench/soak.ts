/**
 * Memory of an engine with a 135M shape in int4 over many minutes of random lengths, arrivals, priorities and
 * cancellations, of prompts that begin like earlier ones more often than the prefix cache has room for. Fails when the resident set
 * exceeds 1.3 x (weights + 16 x 512 tokens of cache + the prefix cache) + 200 MB once the caches are full, or when it grows by more than 5 %
 * between the first tenth of the run and its end.
 *
 *   npm run soak [-- --minutes 20]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, loadModel, PRIORITIES } from '@frontier/engine';
import { isAppError } from '@frontier/errors';
import { bytePrompt, SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string' } } });
const minutes = Number(values.minutes ?? 20);
const MEGABYTE = 2 ** 20;
/** Room for about a third of the prefixes that are asked for. */
const PREFIX_CACHE_BYTES = 128 * MEGABYTE;
const PREFIXES = 32;
const rssMb = (): number => process.memoryUsage().rss / MEGABYTE;
const random = (max: number): number => Math.floor(Math.random() * max);

const folder = mkdtempSync(join(tmpdir(), 'frontier-soak-'));
try {
  const [path, graphCache] = [join(folder, 'model'), join(folder, 'graphs')];
  mkdirSync(graphCache);
  writeRandomModel(path, SHAPE_135M);
  const options = { path, graphCache, maxBatchSize: 16, contextLength: 512, precision: 'int4' } as const;
  const startedAt = performance.now();
  const model = await loadModel(options);
  console.log(`quantised and loaded in ${(performance.now() - startedAt).toFixed(0)} ms`);
  const [entry] = readdirSync(graphCache);
  const weightsMb = statSync(join(graphCache, entry, 'weights.bin')).size / MEGABYTE;
  const { layers, kvHeads, headDim } = model.config;
  const cacheMb = (16 * 512 * layers * 2 * kvHeads * headDim * 4) / MEGABYTE;

  const engine = new Engine(model, { prefixCacheBytes: PREFIX_CACHE_BYTES });
  const fill = { temperature: 0, ignoreEos: true, maxNewTokens: 262 };
  for (let i = 0; i < 16; i++) engine.add({ id: `fill ${i}`, prompt: bytePrompt('x'.repeat(250)), params: fill });
  let fullMb = 0;
  while (engine.hasWork) {
    const report = await engine.step();
    if (report?.running === 16) fullMb = Math.max(fullMb, rssMb());
  }
  const limitMb = 1.3 * (weightsMb + cacheMb + PREFIX_CACHE_BYTES / MEGABYTE) + 200;
  console.log(
    `weights ${weightsMb.toFixed(0)} MB, cache ${cacheMb.toFixed(0)} MB, resident ${fullMb.toFixed(0)} MB, limit ${limitMb.toFixed(0)} MB`,
  );
  if (fullMb > limitMb) process.exitCode = 1;

  const endAt = performance.now() + minutes * 60_000;
  const samples: number[] = [];
  let requests = 0;
  let lastStep: Awaited<ReturnType<Engine['step']>>;
  let nextSampleAt = 0;
  while (performance.now() < endAt) {
    if (random(8) === 0) {
      const id = String(requests++);
      try {
        engine.add({
          id,
          prompt: bytePrompt(prefix(random(PREFIXES)).slice(0, 1 + random(300)) + 'y'.repeat(random(100))),
          params: { temperature: random(2), maxNewTokens: 1 + random(100), ignoreEos: true },
          priority: PRIORITIES[random(3)],
          n: 1 + random(2),
        });
      } catch (error) {
        if (!isAppError(error) || error.code !== 'overloaded') throw error;
      }
      if (random(6) === 0) engine.cancel(String(random(requests)));
    }
    if (engine.hasWork) lastStep = (await engine.step()) ?? lastStep;
    if (performance.now() > nextSampleAt) {
      samples.push(rssMb());
      console.log(
        `${requests} requests, resident ${samples.at(-1)!.toFixed(0)} MB, ${JSON.stringify(lastStep?.prefixCache)}`,
      );
      nextSampleAt = performance.now() + (minutes * 60_000) / 40;
    }
  }
  const early = Math.max(...samples.slice(2, 8));
  const late = Math.max(...samples.slice(-6));
  console.log(`growth ${((late / early - 1) * 100).toFixed(1)} %`);
  if (late > early * 1.05) process.exitCode = 1;
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}

/** 300 characters that begin like those of no other number. */
function prefix(number: number): string {
  return `${number} `.repeat(150).slice(0, 300);
}
