/**
 * The engine beside other systems on the weights of one GGUF file, with as many threads each, in turns, so that a drift of the machine's speed
 * meets all. Figures are medians of the rounds, ratios are medians of those within a round; perplexities of one text stand beside them: speed
 * that was bought with quality would be seen there. What the machine could do at most is measured first.
 *
 *   npm run bench:peers [-- --rounds 3 --only decode,prefill --contestants int8,llama.cpp-q4_0 --against llama.cpp --picture FILE.svg --gguf FILE]
 *   npm run bench:peers -- --install     # once, by hand: environments for the peers beside llama.cpp
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadTokenizer } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';
import { PERPLEXITY_TEXT } from '../real/support/golden.ts';
import { windowsOf } from '../real/support/perplexity.ts';
import { measureMachine } from './machine/machine-limits.ts';
import { processorKind } from './machine/processor.ts';
import type { Contestant } from './peers/contestant.ts';
import { CONTESTANTS } from './peers/contestants.ts';
import { installPeers } from './peers/installed-peers.ts';
import { GROUPS, type Measure, measuresOf } from './peers/measures.ts';
import { picture } from './peers/picture.ts';
import { Prompts } from './peers/prompts.ts';
import { printFigures, printRatios, printShares, type Row } from './peers/report.ts';

const { values } = parseArgs({
  options: {
    gguf: { type: 'string', default: ASSETS.gguf },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: GROUPS.join(',') },
    contestants: { type: 'string', default: Object.keys(CONTESTANTS).join(',') },
    against: { type: 'string', default: 'llama.cpp-q4_0' },
    picture: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
});

if (values.install) installPeers();
else await compare();

async function compare(): Promise<void> {
  const threads = availableParallelism();
  const rounds = Number(values.rounds);
  const groups = values.only.split(',');
  const machine = await measureMachine(threads);
  const conditions = `${cpus()[0].model.trim()} (${processorKind()}), ${threads} threads each; medians of ${rounds} rounds`;
  console.log(`${values.gguf}\n${conditions}; tokens/s where nothing else is said`);
  console.log(
    `The machine: ${giga(machine.bytesPerSecond)} GB/s, ${giga(machine.int8OpsPerSecond)} GOPS of 8-bit products, ${giga(machine.floatOpsPerSecond)} GFLOPS`,
  );

  const contestants: Contestant[] = [];
  for (const id of values.contestants.split(',')) {
    const start = CONTESTANTS[id];
    if (!start) throw new Error(`No contestant is called ${id}: there are ${Object.keys(CONTESTANTS).join(', ')}.`);
    const contestant = await start({ path: values.gguf, threads });
    if (contestant) contestants.push(contestant);
  }
  const ids = [...loadTokenizer(values.gguf).encode(PERPLEXITY_TEXT)];
  const prompts = new Prompts(ids);
  const rows: Row[] = [];
  try {
    for (const contestant of contestants) await contestant.prefill?.(prompts.list(1, 128)[0]);
    for (const measure of measuresOf(prompts).filter(({ group }) => groups.includes(group))) {
      rows.push(...(await rowsOf(measure, rounds)));
    }
    const names = contestants.map(({ name }) => name);
    const reference = contestants.findIndex(({ id }) => id === values.against);
    printFigures(rows, names);
    if (reference !== -1) printRatios(rows, names, reference);
    printShares(rows, names);
    if (values.picture && reference !== -1)
      writeFileSync(values.picture, picture({ rows, contestants, reference, conditions }));
    if (groups.includes('perplexity')) await printPerplexities(windowsOf(ids));
  } finally {
    for (const contestant of contestants) await contestant.close();
  }

  /** Runs a measure on each contestant in each round. */
  async function rowsOf(measure: Measure, count: number): Promise<Row[]> {
    const found: (number[] | undefined)[][] = [];
    for (let round = 0; round < count; round++) {
      const figures: (number[] | undefined)[] = [];
      for (const contestant of contestants) {
        const figure = await measure.run(contestant);
        const [{ name }] = measure.figures;
        console.error(
          `${name}, round ${round + 1}, ${contestant.name}: ${figure?.map((n) => n.toFixed(1)).join(', ') ?? '–'}`,
        );
        figures.push(figure);
      }
      found.push(figures);
    }
    const limits = contestants.map(({ workOn }) => workOn && measure.limits(workOn(machine)));
    return measure.figures.map((figure, i) => ({
      figure,
      rounds: found.map((round) => round.map((figures) => figures?.[i])),
      limits: limits.map((figures) => figures?.[i]),
    }));
  }

  async function printPerplexities(windows: number[][]): Promise<void> {
    console.log(`\nPerplexity, ${windows.length} x ${windows[0].length} tokens:\n`);
    for (const { name, perplexity } of contestants) {
      console.log(`- ${name}: ${perplexity ? (await perplexity(windows)).toFixed(3) : '–'}`);
    }
  }
}

function giga(perSecond: number): string {
  return (perSecond / 1e9).toFixed(1);
}
