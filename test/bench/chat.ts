/**
 * A chat of ten turns from eight callers at once, with and without the prefix cache, in turns: a system prompt of 600 tokens, turns of 30,
 * answers of 64. Told as ratios: the time to the first token of turns 2 to 10, and the time of the whole.
 *
 *   npm run bench:chat [-- --precision int8 --rounds 3 --callers 8]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, loadModel, type LoadedModel, type Precision } from '@frontier/engine';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'int8' },
    rounds: { type: 'string', default: '3' },
    callers: { type: 'string', default: '8' },
  },
});
const TURNS = 10;
const SYSTEM_TOKENS = 600;
const TURN_TOKENS = 30;
const ANSWER_TOKENS = 64;
const callers = Number(values.callers);

/** What a round took, in milliseconds. */
interface Round {
  /** Of each turn from the second on. */
  firstTokens: number[];
  wholeMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, SHAPE_135M);
  const model = await loadModel({
    path: folder,
    maxBatchSize: callers,
    contextLength: 2048,
    precision: values.precision as Precision,
  });
  await chat(model, 0, 2); // warms up
  const withCache: Round[] = [];
  const without: Round[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    withCache.push(await chat(model, 2 ** 30, TURNS));
    without.push(await chat(model, 0, TURNS));
  }
  console.log(
    `${values.precision}, 135M shape, ${callers} callers, ${TURNS} turns; medians of ${values.rounds} rounds\n`,
  );
  console.log('| | with the prefix cache | without | ratio |');
  console.log('| :--- | ---: | ---: | ---: |');
  print('first token of turns 2 to 10, ms', (round) => median(round.firstTokens));
  print('the whole, ms', ({ wholeMs }) => wholeMs);
  await model.runner.release();

  function print(name: string, of: (round: Round) => number): void {
    const [a, b] = [withCache, without].map((rounds) => median(rounds.map(of)));
    const ratio = median(withCache.map((round, i) => of(round) / of(without[i])));
    console.log(`| ${name} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${ratio.toFixed(3)} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Chats to their end; each caller sends its next turn when it has its answer. */
async function chat({ ...model }: LoadedModel, prefixCacheBytes: number, turns: number): Promise<Round> {
  const engine = new Engine(model, { prefixCacheBytes });
  const token = (seed: number): number => 3 + ((seed * 7919) % (model.runner.vocabSize - 3));
  const system = Array.from({ length: SYSTEM_TOKENS }, (_, i) => token(i));
  const said = Array.from({ length: callers }, () => [...system]);
  const turn = new Int32Array(callers);
  const askedAt = new Float64Array(callers);
  const firstTokens: number[] = [];
  const ask = (caller: number): void => {
    const seed = 1000 * (caller + 1) + 100 * turn[caller];
    said[caller].push(...Array.from({ length: TURN_TOKENS }, (_, i) => token(seed + i)));
    askedAt[caller] = performance.now();
    engine.add({
      id: `${caller} ${turn[caller]++}`,
      prompt: said[caller],
      params: { temperature: 0, maxNewTokens: ANSWER_TOKENS, ignoreEos: true },
    });
  };
  const startedAt = performance.now();
  for (let caller = 0; caller < callers; caller++) ask(caller);
  while (engine.hasWork) {
    for (const { id, started, finished, error } of (await engine.step())?.outputs ?? []) {
      if (error) throw new Error(error.message);
      const caller = Number(id.split(' ')[0]);
      if (started && turn[caller] > 1) firstTokens.push(performance.now() - askedAt[caller]);
      if (!finished) continue;
      // The tokens of an answer are of no account here, as long as they are others in each.
      said[caller].push(...Array.from({ length: ANSWER_TOKENS }, (_, i) => token(31 * caller + 17 * turn[caller] + i)));
      if (turn[caller] < turns) ask(caller);
    }
  }
  return { firstTokens, wholeMs: performance.now() - startedAt };
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
