/**
 * Encoders on the real all-MiniLM-L6-v2, in int8 and fp32:
 *
 * - passes of the engine beside a bare `session.run` with the same tensors: `engine / bare`;
 * - `/v1/embeddings` (base64) of 32 callers beside one caller;
 * - the same beside sentence-transformers and infinity-emb, on as many threads, in turns, so that a drift of the machine's speed meets
 *   all; sentence-transformers has no server: it encodes one text after the other for a lone caller, and 32 at once for 32, without HTTP;
 * - single texts beside a request of 2,048 of 8 to 32 tokens.
 *
 * Clients are in this process, on the same cores. Figures are medians of the rounds, ratios are medians of those within a round.
 *
 *   npm run bench:encoders [-- --rounds 5 --seconds 4 --only bare,http,beside]
 *   npm run bench:encoders -- --install     # once, by hand: environments of Python for the peers, of several gigabytes
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadEncoder, loadTokenizer } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';
import { type Pair, timePasses } from './encoders/bare-passes.ts';
import type { Contestant } from './encoders/contestant.ts';
import { type OwnServer, startOwnServer } from './encoders/own-server.ts';
import { installPeers, startPeers } from './encoders/peers.ts';
import { Texts } from './encoders/texts.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: 'bare,http,beside' },
    install: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const PARTS: Record<string, () => Promise<void>> = { bare: compareBare, http: compareCallers, beside: askBesideMany };
const PRECISIONS = ['int8', 'fp32'] as const;
const CALLERS = 32;
/** Different texts of a measurement: no server has seen them in the last seconds. */
const POOL = 2048;

const texts = new Texts(ASSETS.encoder);
const SHAPES = {
  '16 tokens': (count: number): string[] => texts.between(16, 16, count),
  '8 to 256 tokens': (count: number): string[] => texts.between(8, 256, count),
};

if (values.install) installPeers();
else {
  console.log(`all-MiniLM-L6-v2, ${cpus()[0].model}, ${availableParallelism()} threads; medians of ${ROUNDS} rounds\n`);
  for (const part of values.only.split(',')) await PARTS[part]();
}

async function compareBare(): Promise<void> {
  table(['precision', 'texts', 'engine ms', 'bare ms', 'engine / bare'], 2);
  const tokenizer = loadTokenizer(ASSETS.encoder);
  const cases: [string, () => string[]][] = [
    ['1 of 16 tokens', () => SHAPES['16 tokens'](1)],
    ['1 of 256 tokens', () => [texts.ofLength(256)]],
    [`${CALLERS} of 16 tokens`, () => SHAPES['16 tokens'](CALLERS)],
    [`${CALLERS} of 8 to 256 tokens`, () => SHAPES['8 to 256 tokens'](CALLERS)],
  ];
  for (const precision of PRECISIONS) {
    const model = await loadEncoder({ path: ASSETS.encoder, maxBatchSize: CALLERS, precision });
    for (const [name, batch] of cases) {
      const batches = Array.from({ length: 2 * ROUNDS }, batch);
      await timePasses(model, tokenizer, batches.slice(0, 2)); // warms up
      const pairs = await timePasses(model, tokenizer, batches);
      const of = (figure: (pair: Pair) => number): number => median(pairs.map(figure));
      const [engineMs, bareMs] = [of((pair) => pair.engineMs), of((pair) => pair.bareMs)];
      const ratio = of((pair) => pair.bareMs / pair.engineMs);
      row([precision, name, engineMs.toFixed(2), bareMs.toFixed(2), ratio.toFixed(3)]);
    }
    await model.runner.release();
  }
}

/** Texts per second and the median latency of a round. */
interface Figures {
  perSecond: number;
  p50: number;
}

async function compareCallers(): Promise<void> {
  const contestants: Contestant[] = [];
  try {
    for (const precision of PRECISIONS) contestants.push(await startOwnServer(precision));
    contestants.push(...(await startPeers(availableParallelism())));
    await measureCallers(contestants);
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}

/** @param contestants our own servers, and then the peers */
async function measureCallers(contestants: readonly Contestant[]): Promise<void> {
  const own = contestants.slice(0, PRECISIONS.length);
  const peers = contestants.slice(PRECISIONS.length);
  const ratioNames = own.flatMap(({ name }) => peers.map((peer) => `${name} / ${peer.name.split(' ')[0]}`));
  for (const contestant of contestants) await contestant.loop(SHAPES['16 tokens'](64), CALLERS, 2);
  table(['', ...contestants.map(({ name }) => name), ...ratioNames], 1);
  for (const [shape, make] of Object.entries(SHAPES)) {
    const alone: Figures[][] = [];
    const together: Figures[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await measureAll(contestants, make(POOL), 1));
      together.push(await measureAll(contestants, make(POOL), CALLERS));
    }
    const compare = (name: string, rounds: Figures[][], figure: keyof Figures): void => {
      const of = (i: number): string => median(rounds.map((round) => round[i][figure])).toFixed(1);
      const ratio = (i: number, j: number): number =>
        median(rounds.map((round) => round[i][figure] / round[own.length + j][figure]));
      const ratios = own.flatMap((_, i) => peers.map((__, j) => ratio(i, j).toFixed(2)));
      row([`${shape}, ${name}`, ...contestants.map((_, i) => of(i)), ...ratios]);
    };
    compare('1 caller, p50 ms', alone, 'p50');
    compare('1 caller, texts/s', alone, 'perSecond');
    compare(`${CALLERS} callers, texts/s`, together, 'perSecond');
    const gains = contestants.map((_, i) =>
      median(together.map((round, at) => round[i].perSecond / alone[at][i].perSecond)),
    );
    row([`${shape}, ${CALLERS} callers / 1`, ...gains.map((gain) => gain.toFixed(2)), ...ratioNames.map(() => '')]);
  }
}

async function measureAll(contestants: readonly Contestant[], pool: string[], callers: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const contestant of contestants) {
    const { perSecond, latencies } = await contestant.loop(pool, callers, SECONDS);
    figures.push({ perSecond, p50: median(latencies) });
  }
  return figures;
}

async function askBesideMany(): Promise<void> {
  table(
    ['precision', 'idle p50 ms', 'idle p99', 'busy p50', 'busy p99', 'mean pass ms', '(busy - idle p99) / pass'],
    1,
  );
  for (const precision of PRECISIONS) {
    const server = await startOwnServer(precision);
    try {
      row([precision, ...(await timesBesideMany(server)).map((figure) => figure.toFixed(1))]);
    } finally {
      await server.close();
    }
  }
}

/** Idle and busy latencies of single texts, the time of a pass, and how many passes the busy 99th percentile is behind the idle one. */
async function timesBesideMany(server: OwnServer): Promise<number[]> {
  const many = texts.between(8, 32, 2048);
  const single = SHAPES['16 tokens'](POOL);
  await server.callers.ask(many);
  const idle = await server.loop(single, 1, ROUNDS * SECONDS);
  const before = await server.passes();
  const over = new AbortController();
  const large = (async () => {
    while (!over.signal.aborted) await server.callers.ask(many);
  })();
  const busy = await server.loop(single, 1, ROUNDS * SECONDS);
  const after = await server.passes();
  over.abort();
  await large;
  const passMs = (after.ms - before.ms) / (after.count - before.count);
  const [idle99, busy99] = [idle, busy].map(({ latencies }) => quantile(latencies, 0.99));
  return [median(idle.latencies), idle99, median(busy.latencies), busy99, passMs, (busy99 - idle99) / passMs];
}

/** @param textColumns at the left; the others are numbers */
function table(columns: string[], textColumns: number): void {
  console.log();
  row(columns);
  row(columns.map((_, i) => (i < textColumns ? ':---' : '---:')));
}

function row(cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

function quantile(list: readonly number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
}
