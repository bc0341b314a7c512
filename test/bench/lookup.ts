/**
 * Tokens per second of one stream with prompt lookup, beside the same without, on real weights: summaries and code edits, which repeat their
 * prompts, and plain chat, which does not. Lengths of drafts take turns, so that a drift of the machine's speed meets all; speeds are medians of the rounds.
 *
 *   npm run bench:lookup [-- --precision int8 --rounds 3 --tokens 128 --drafts 4,8,16]
 */
import { parseArgs } from 'node:util';
import { Engine, loadModel, type LoadedModel, loadTextModel, type Precision } from '@frontier/engine';
import { ASSETS } from '../real/support/assets.ts';
import { LOOKUP_CHATS } from './lookup-chats.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'int8' },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '128' },
    drafts: { type: 'string', default: '4,8,16' },
    temperature: { type: 'string', default: '0' },
    neighbours: { type: 'string', default: '0' },
  },
});
const drafts = [0, ...values.drafts.split(',').map(Number)];

/** Of one answer, or of several. */
interface Run {
  tokens: number;
  decodeMs: number;
  passes: number;
  accepted: number;
  drafted: number;
}

const { tokenizer, chat } = await loadTextModel(ASSETS.gguf);
const precision = values.precision as Precision;
const model = await loadModel({ path: ASSETS.gguf, maxBatchSize: 8, contextLength: 2048, precision });
console.log(`SmolLM2-135M-Instruct, ${precision}, ${values.tokens} tokens, ${values.rounds} rounds\n`);
console.log('| chat | draft | tok/s | ratio | tokens a pass | drafted | accepted |');
console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const [kind, messages] of Object.entries(LOOKUP_CHATS)) {
  const prompts = messages.map((content) => [...tokenizer.encode(chat.render([{ role: 'user', content }]), false)]);
  await answer(model, prompts[0], drafts.at(-1)!); // warms up
  const runs = drafts.map((): Run[] => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, draft] of drafts.entries()) {
      const answers: Run[] = [];
      for (const prompt of prompts) answers.push(await answer(model, prompt, draft));
      runs[i].push(answers.reduce(sum));
    }
  }
  const speed = ({ tokens, decodeMs }: Run): number => (1000 * tokens) / decodeMs;
  for (const [i, draft] of drafts.entries()) {
    const { tokens, passes, drafted, accepted } = runs[i][0];
    const ratio = median(runs[i].map((run, round) => speed(run) / speed(runs[0][round])));
    const cells = [kind, draft, median(runs[i].map(speed)).toFixed(1), ratio.toFixed(2), (tokens / passes).toFixed(2)];
    console.log(`| ${[...cells, drafted, accepted].join(' | ')} |`);
  }
}
await model.runner.release();

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

function sum(a: Run, b: Run): Run {
  return {
    tokens: a.tokens + b.tokens,
    decodeMs: a.decodeMs + b.decodeMs,
    passes: a.passes + b.passes,
    accepted: a.accepted + b.accepted,
    drafted: a.drafted + b.drafted,
  };
}

/** Answers a prompt; the first token, which comes with it, is not counted. */
async function answer(loaded: LoadedModel, prompt: number[], promptLookup: number): Promise<Run> {
  const engine = new Engine(loaded, { prefixCacheBytes: 2 ** 28 });
  const params = {
    temperature: Number(values.temperature),
    seed: 1,
    maxNewTokens: Number(values.tokens),
    promptLookup,
  };
  engine.add({ id: 'a', prompt, params });
  const run: Run = { tokens: -1, decodeMs: 0, passes: 0, accepted: 0, drafted: 0 };
  while (engine.hasWork) {
    const { kind, durationMs, outputs, speculation } = (await engine.step())!;
    run.tokens += outputs.length;
    run.drafted += speculation?.drafted ?? 0;
    run.accepted += speculation?.accepted ?? 0;
    if (kind === 'prefill') continue;
    run.passes++;
    run.decodeMs += durationMs;
  }
  return run;
}
