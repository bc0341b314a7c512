/**
 * Prompt lookup on real weights, against the same without. Lengths of drafts take turns, so that a drift of the machine's speed meets all;
 * figures are medians of the rounds, ratios those within a round. CPU time stands beside: other work on the machine changes it less.
 *
 * First the speed of one stream: summaries and code edits, which repeat their prompts, and plain chat, which does not. Then eight plain streams
 * beside code edits, with and without drafts: the gap between two tokens of a plain stream, and the tokens of all.
 *
 *   npm run bench:lookup [-- --precision int8 --rounds 3 --tokens 128 --drafts 4,8,16]
 */
import { parseArgs } from 'node:util';
import { Engine, loadModel, loadTextModel, type Precision, type StepReport } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';
import { LOOKUP_CHATS } from './lookup-chats.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'int8' },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '128' },
    drafts: { type: 'string', default: '4,8,16' },
  },
});
const drafts = [0, ...values.drafts.split(',').map(Number)];
const rounds = Number(values.rounds);
const maxNewTokens = Number(values.tokens);
const PLAIN_STREAMS = 8;

/** Answers to several prompts, one after the other. */
interface Run {
  tokens: number;
  decodeMs: number;
  /** Of all threads. */
  cpuMs: number;
  passes: number;
  accepted: number;
  drafted: number;
}

/** Plain streams beside others. */
interface Shared {
  /** Times between two tokens of a plain stream, in milliseconds. */
  gaps: number[];
  /** Of all streams. */
  tokensPerSecond: number;
  cpuMsPerToken: number;
}

const { tokenizer, chat } = await loadTextModel(ASSETS.gguf);
const precision = values.precision as Precision;
const model = await loadModel({ path: ASSETS.gguf, maxBatchSize: 16, contextLength: 2048, precision });
const promptsOf = (kind: string): number[][] =>
  LOOKUP_CHATS[kind].map((content) => [...tokenizer.encode(chat.render([{ role: 'user', content }]).text, false)]);

console.log(`SmolLM2-135M-Instruct, ${precision}, ${maxNewTokens} tokens, ${rounds} rounds\n`);
console.log('| chat | draft | tok/s | ratio | CPU ms a token | ratio | tokens a pass | drafted | accepted |');
console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const kind of Object.keys(LOOKUP_CHATS)) {
  const prompts = promptsOf(kind);
  await answer(prompts.slice(0, 1), drafts.at(-1)!); // warms up
  const runs = await inTurns((draft) => answer(prompts, draft));
  const speed = ({ tokens, decodeMs }: Run): number => (1000 * tokens) / decodeMs;
  const cost = ({ tokens, cpuMs }: Run): number => cpuMs / tokens;
  for (const [i, draft] of drafts.entries()) {
    const { tokens, passes, drafted, accepted } = runs[i][0];
    const figures = (of: (run: Run) => number): string[] => figuresOf(runs, i, of);
    const cells = [kind, draft, ...figures(speed), ...figures(cost), (tokens / passes).toFixed(2), drafted, accepted];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

console.log(
  `\n| edits beside ${PLAIN_STREAMS} plain streams | draft | gap, ms | ratio | 95 % | ratio | tok/s of all | ratio | CPU ms a token | ratio |`,
);
console.log(`| ${'---: | '.repeat(10)}`);
for (const edits of [1, 4]) {
  const runs = await inTurns((draft) => share(edits, draft));
  for (const [i, draft] of drafts.entries()) {
    const figures = (of: (shared: Shared) => number): string[] => figuresOf(runs, i, of);
    const cells = [
      edits,
      draft,
      ...figures(({ gaps }) => median(gaps)),
      ...figures(({ gaps }) => quantile(gaps, 0.95)),
      ...figures(({ tokensPerSecond }) => tokensPerSecond),
      ...figures(({ cpuMsPerToken }) => cpuMsPerToken),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
await model.runner.release();

/** The runs of each length of drafts, round by round. */
async function inTurns<T>(run: (draft: number) => Promise<T>): Promise<T[][]> {
  const runs = drafts.map((): T[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, draft] of drafts.entries()) runs[i].push(await run(draft));
  }
  return runs;
}

/** The median of a figure, and of its ratio to the same round without drafts. */
function figuresOf<T>(runs: readonly T[][], at: number, of: (run: T) => number): string[] {
  const ratio = median(runs[at].map((run, round) => of(run) / of(runs[0][round])));
  return [median(runs[at].map(of)).toFixed(1), ratio.toFixed(2)];
}

/** Of this process, in milliseconds. */
function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(list: number[]): number {
  return quantile(list, 0.5);
}

function quantile(list: number[], part: number): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length * part)];
}

/** Answers prompts; the first token of an answer, which comes with its prompt, is not counted. */
async function answer(prompts: number[][], promptLookup: number): Promise<Run> {
  const run: Run = { tokens: 0, decodeMs: 0, cpuMs: 0, passes: 0, accepted: 0, drafted: 0 };
  for (const prompt of prompts) {
    const engine = new Engine(model, { prefixCacheBytes: 2 ** 28 });
    engine.add({ id: 'a', prompt, params: { temperature: 0, maxNewTokens, promptLookup } });
    while (engine.hasWork) {
      const startedAt = processCpuMs();
      const { kind, durationMs, outputs, speculation } = (await engine.step())!;
      if (kind === 'prefill') continue;
      run.cpuMs += processCpuMs() - startedAt;
      run.passes++;
      run.decodeMs += durationMs;
      run.tokens += outputs.length;
      run.drafted += speculation?.drafted ?? 0;
      run.accepted += speculation?.accepted ?? 0;
    }
  }
  return run;
}

/** Runs plain streams beside so many code edits. */
async function share(edits: number, promptLookup: number): Promise<Shared> {
  const engine = new Engine(model, { prefixCacheBytes: 2 ** 28 });
  const add = (id: string, prompt: number[], lookup: number): void =>
    engine.add({
      id,
      prompt,
      params: { temperature: 0, maxNewTokens: 4 * maxNewTokens, ignoreEos: true, promptLookup: lookup },
    });
  for (let i = 0; i < PLAIN_STREAMS; i++) add(`plain ${i}`, promptsOf('plain chat')[i % 3], 0);
  for (let i = 0; i < edits; i++) add(`edit ${i}`, promptsOf('code edits')[i % 3], promptLookup);
  const begun = new Set<string>();
  let report: StepReport | undefined;
  while (begun.size < PLAIN_STREAMS + edits) {
    report = await engine.step();
    for (const { id } of report!.outputs) begun.add(id);
  }
  const gaps: number[] = [];
  const startedAt = performance.now();
  const cpuStartedAt = processCpuMs();
  let lastAt: number | undefined;
  let tokens = 0;
  while (tokens < maxNewTokens * (PLAIN_STREAMS + edits)) {
    report = await engine.step();
    tokens += report!.outputs.length;
    if (!report!.outputs.some(({ id }) => id === 'plain 0')) continue;
    const now = performance.now();
    if (lastAt !== undefined) gaps.push(now - lastAt);
    lastAt = now;
  }
  const tokensPerSecond = (1000 * tokens) / (performance.now() - startedAt);
  const cpuMsPerToken = (processCpuMs() - cpuStartedAt) / tokens;
  for (const id of begun) engine.cancel(id);
  await engine.step();
  return { gaps, tokensPerSecond, cpuMsPerToken };
}
