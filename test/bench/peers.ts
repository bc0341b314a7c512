/**
 * llama.cpp (node-llama-cpp's prebuilt binary) and the engine on the same GGUF file with as many threads, in turns, so that a drift of the
 * machine's speed meets both. Speeds are medians of the rounds, ratios are medians of those within a round. Perplexities of one
 * text stand beside them: speed that was bought with quality would be seen there.
 *
 *   npm run bench:peers [-- --gguf FILE --rounds 3]
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadModel, loadTokenizer, type Precision } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';
import { EngineSpeed } from '../real/support/engine-speed.ts';
import { PERPLEXITY_TEXT } from '../real/support/golden.ts';
import { LlamaCpp } from '../real/support/llama-cpp.ts';
import { perplexity, WINDOWS, windowsOf } from '../real/support/perplexity.ts';

const { values } = parseArgs({ options: { gguf: { type: 'string' }, rounds: { type: 'string' } } });
const path = values.gguf ?? ASSETS.gguf;
const rounds = Number(values.rounds ?? 3);
const threads = availableParallelism();
const STREAMS = 16;
const STEPS = 24;
const NEW_TOKENS = 64;
const REQUESTS = 2 * STREAMS;

/** Prompts of text, no two of them alike. */
const ids = [...loadTokenizer(path).encode(PERPLEXITY_TEXT)];
const prompts = (count: number, length: number): number[][] =>
  Array.from({ length: count }, (_, i) => ids.slice(i * 41, i * 41 + length));

interface Contestant {
  name: string;
  decodeSteps(prompts: number[][], steps: number): Promise<number[]>;
  prefill(prompt: number[]): Promise<number>;
  closedLoop(callers: number, prompts: number[][], tokens: number): Promise<number>;
  perplexity(windows: number[][]): Promise<number>;
  close(): void | Promise<void>;
}

async function ours(precision: Precision): Promise<Contestant> {
  const model = await loadModel({ path, maxBatchSize: STREAMS, contextLength: 1024, precision, threads });
  const speed = new EngineSpeed(model);
  return {
    name: precision,
    decodeSteps: (...args) => speed.decodeSteps(...args),
    prefill: (...args) => speed.prefill(...args),
    closedLoop: (...args) => speed.closedLoop(...args),
    perplexity: (windows) => perplexity(model.runner, windows),
    close: () => model.runner.release(),
  };
}

async function theirs(): Promise<Contestant> {
  const llama = new LlamaCpp({ path, threads });
  return {
    name: `llama.cpp ${await llama.call('version')}`,
    decodeSteps: (...args) => llama.call('decodeSteps', ...args),
    prefill: (...args) => llama.call('prefill', ...args),
    closedLoop: (...args) => llama.call('closedLoop', ...args),
    perplexity: (windows) => llama.call('perplexity', windows),
    close: () => llama.close(),
  };
}

/** Measures, each in tokens per second. */
const MEASURES: [string, (contestant: Contestant) => Promise<number>][] = [
  ...[1, 4, STREAMS].map((streams): (typeof MEASURES)[number] => [
    `decode, ${streams} ${streams === 1 ? 'stream' : 'streams'}`,
    async (contestant) => (1000 * streams) / median(await contestant.decodeSteps(prompts(streams, 128), STEPS)),
  ]),
  ...[128, 512].map((length): (typeof MEASURES)[number] => [
    `prefill, ${length} tokens`,
    async (contestant) => (1000 * length) / (await contestant.prefill(prompts(1, length)[0])),
  ]),
  [
    `closed loop, ${STREAMS} callers, 128 in, ${NEW_TOKENS} out`,
    async (contestant) => {
      const durationMs = await contestant.closedLoop(STREAMS, prompts(REQUESTS, 128), NEW_TOKENS);
      return (1000 * REQUESTS * NEW_TOKENS) / durationMs;
    },
  ],
];

const contestants = [await ours('int8'), await ours('int4'), await theirs()];
const names = contestants.map(({ name }) => name);
const last = contestants.length - 1;
console.log(`${path}\n${cpus()[0].model}, ${threads} threads; medians of ${rounds} rounds, output tokens/s\n`);
row(['', ...names, ...names.slice(0, last).map((name) => `${name} / ${names[last]}`)]);
row(['---', ...Array.from({ length: 2 * last + 1 }, () => '---:')]);
for (const contestant of contestants) await contestant.prefill(prompts(1, 128)[0]);
for (const [name, measure] of MEASURES) {
  const found: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const speeds: number[] = [];
    for (const contestant of contestants) speeds.push(await measure(contestant));
    found.push(speeds);
  }
  const speeds = names.map((_, i) => median(found.map((round) => round[i])).toFixed(1));
  const ratios = names.slice(0, last).map((_, i) => median(found.map((round) => round[i] / round[last])).toFixed(2));
  row([name, ...speeds, ...ratios]);
}
const windows = windowsOf(ids);
const perplexities: number[] = [];
for (const contestant of contestants) perplexities.push(await contestant.perplexity(windows));
const ratios = perplexities.slice(0, last).map((found) => (found / perplexities[last]).toFixed(3));
row([
  `perplexity, ${WINDOWS} x ${windows[0].length} tokens`,
  ...perplexities.map((found) => found.toFixed(3)),
  ...ratios,
]);
for (const contestant of contestants) await contestant.close();

function row(cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}
