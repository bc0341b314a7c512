/**
 * Tokens per second of the engine at 1, 4, 8 and 16 streams, beside a bare loop that only calls `runner.decode` on the
 * same session and cache lengths: what the engine adds is scheduling, sampling and text. Both are timed in turns, so
 * that a drift of the machine's speed meets both.
 *
 *   npm run bench:engine [-- --tokens 64 --rounds 5]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING_PARAMS, Engine, loadModel, type LoadedModel } from '@frontier/engine';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({ options: { tokens: { type: 'string' }, rounds: { type: 'string' } } });
const TOKENS = Number(values.tokens ?? 32);
const ROUNDS = Number(values.rounds ?? 5);
const PROMPT = 'x'.repeat(128);
const STREAMS = [1, 4, 8, 16];

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, SHAPE_135M);
  const model = await loadModel({ path: folder, maxBatchSize: 16, contextLength: 512 });
  console.log(
    `fp32, 135M shape, ${PROMPT.length} prompt tokens, ${TOKENS} tokens a stream, median of ${ROUNDS} rounds\n`,
  );
  console.log(
    '| streams | engine tok/s | sampled tok/s | bare loop tok/s | engine / bare | sampled / bare | x one stream |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  let one = 0;
  for (const streams of STREAMS) {
    const rounds = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const greedy = await engineRate(model, streams, 0);
      const sampled = await engineRate(model, streams, 0.8);
      const bare = await bareRate(model, streams);
      // The first round warms up.
      if (round > 0) rounds.push({ greedy, sampled, bare });
    }
    const median = (of: (round: (typeof rounds)[number]) => number): number =>
      rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)];
    const greedy = median((round) => round.greedy);
    if (streams === 1) one = greedy;
    const cells = [
      streams,
      greedy.toFixed(1),
      median((round) => round.sampled).toFixed(1),
      median((round) => round.bare).toFixed(1),
      median((round) => round.greedy / round.bare).toFixed(3),
      median((round) => round.sampled / round.bare).toFixed(3),
      (greedy / one).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}

/** Decode tokens per second once all streams decode. */
async function engineRate({ runner, tokenizer }: LoadedModel, streams: number, temperature: number): Promise<number> {
  const engine = new Engine({ runner, tokenizer, eosTokenIds: [] }, { maxWaiting: 64, prefillChunkTokens: 128 });
  const params = { ...DEFAULT_SAMPLING_PARAMS, temperature, maxNewTokens: TOKENS + 1, ignoreEos: true };
  for (let i = 0; i < streams; i++) engine.add({ id: String(i), prompt: PROMPT, params });
  // Prompts are prefilled between decodes, so the first streams are ahead; only full passes are timed.
  let tokens = 0;
  let elapsedMs = 0;
  while (engine.hasWork) {
    const startedAt = performance.now();
    const report = await engine.step();
    if (report?.kind !== 'decode' || report.tokens < streams) continue;
    tokens += report.tokens;
    elapsedMs += performance.now() - startedAt;
  }
  return (tokens / elapsedMs) * 1000;
}

/** The same passes without an engine: `session.run`, with its new keys and values written to the cache. */
async function bareRate({ runner, tokenizer }: LoadedModel, streams: number): Promise<number> {
  const prompt = tokenizer.encode(PROMPT);
  for (let slot = 0; slot < streams; slot++) await runner.prefill(slot, prompt);
  const tokens = new Int32Array(streams).fill(100);
  const startedAt = performance.now();
  for (let step = 0; step < TOKENS; step++) await runner.decode(tokens);
  const elapsedMs = performance.now() - startedAt;
  for (let slot = 0; slot < streams; slot++) runner.free(slot);
  return ((streams * TOKENS) / elapsedMs) * 1000;
}
