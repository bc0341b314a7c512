/**
 * Public suites of JSON schemas, from a folder that holds their clones: how many schemas are taken, how many of their instances
 * the grammar follows as it should, what schemas are refused for, and the time that compilation takes; with `--masks N`, also the
 * time of each mask of the valid instances of every Nth schema, at a vocabulary of 49,152 tokens.
 *
 *   npm run bench:grammar-suites -- --suites FOLDER [--every 10] [--list invalid] [--masks 20]
 *
 * FOLDER/jsonschemabench        https://github.com/guidance-ai/jsonschemabench: `data/` and `maskbench/data/`
 * FOLDER/JSON-Schema-Test-Suite https://github.com/json-schema-org/JSON-Schema-Test-Suite
 */
import { parseArgs } from 'node:util';
import { jsonGrammar } from '../../libs/engine/dist/grammar/json-grammar.js';
import { MaskTimes } from './grammar/mask-times.ts';
import { type SuiteSchema, suitesIn } from './grammar/suite-files.ts';

const { values } = parseArgs({
  options: {
    suites: { type: 'string' },
    every: { type: 'string' },
    list: { type: 'string' },
    masks: { type: 'string' },
  },
});
const FOLDER = values.suites ?? process.env.GRAMMAR_SUITES;
if (!FOLDER) throw new Error('Give the folder of the suites: --suites FOLDER, or the variable GRAMMAR_SUITES.');
const EVERY = Number(values.every ?? 1);

type Grammar = ReturnType<typeof jsonGrammar>;

interface Outcome {
  taken: number;
  refused: number;
  /** Taken, all valid instances followed and no invalid one. */
  passed: number;
  validLost: number;
  invalidAdmitted: number;
}

function follows(grammar: Grammar, text: string): boolean {
  let at = grammar.start;
  for (const byte of Buffer.from(text)) {
    at = grammar.next(at, byte);
    if (at.isDead) return false;
  }
  return at.isEnd;
}

const masks = values.masks ? new MaskTimes(Number(values.masks)) : undefined;
const times: number[] = [];
const reasons = new Map<string, number>();
/** The least of two times: a collection of garbage, or another process, falls into one. */
function compiled({ schema, file }: SuiteSchema): Grammar | undefined {
  let [took, grammar, refusal]: [number, Grammar | undefined, unknown] = [Infinity, undefined, undefined];
  for (let run = 0; run < 2; run++) {
    const before = performance.now();
    try {
      grammar = jsonGrammar(schema as never);
    } catch (error) {
      refusal = error;
    }
    took = Math.min(took, performance.now() - before);
  }
  times.push(took);
  if (grammar) return grammar;
  const { code, errors } = refusal as { code?: string; errors?: { pointer: string; detail: string }[] };
  if (code !== 'invalid_json_schema' || !errors) throw new Error(`${file}: ${String(refusal)}`, { cause: refusal });
  const reason = errors[0].detail.replaceAll(/\d+/g, '0').slice(0, 90);
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  if (values.list && reason.includes(values.list)) console.log(`${file} ${errors[0].pointer}: ${errors[0].detail}`);
  return undefined;
}

function outcomeOf(schemas: Iterable<SuiteSchema>): Outcome {
  const outcome = { taken: 0, refused: 0, passed: 0, validLost: 0, invalidAdmitted: 0 };
  let number = 0;
  for (const each of schemas) {
    if (number++ % EVERY !== 0) continue;
    const grammar = compiled(each);
    if (!grammar) {
      outcome.refused++;
      continue;
    }
    outcome.taken++;
    let isPassed = true;
    masks?.add(each, number);
    for (const { data, valid, description } of each.instances) {
      const isFollowed = follows(grammar, JSON.stringify(data));
      if (isFollowed === valid) continue;
      isPassed = false;
      if (valid) outcome.validLost++;
      else outcome.invalidAdmitted++;
      const kind = valid ? 'lost' : 'invalid';
      if (values.list === kind)
        console.log(`${kind} ${each.file} ${description}: ${JSON.stringify(data).slice(0, 300)}`);
    }
    if (isPassed) outcome.passed++;
  }
  return outcome;
}

const quantile = (list: readonly number[], share: number): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length * share)] ?? 0;

const show = (all: readonly number[]): string => {
  const [half, most, longest] = [0.5, 0.99, 1 - 1e-9].map((at) => quantile(all, at).toFixed(2));
  return `median ${half}, p99 ${most}, longest ${longest}`;
};

for (const { name, schemas } of suitesIn(FOLDER)) {
  times.length = 0;
  if (masks) masks.times.length = 0;
  reasons.clear();
  const { taken, refused, passed, validLost, invalidAdmitted } = outcomeOf(schemas);
  const share = ((100 * taken) / (taken + refused)).toFixed(1);
  console.log(
    `\n${name}: ${taken} of ${taken + refused} taken (${share} %), ${passed} pass; instances: ${validLost} valid lost, ${invalidAdmitted} invalid admitted`,
  );
  console.log(`compilation, ms: ${show(times)}`);
  if (masks && masks.times.length > 0) console.log(`${masks.times.length} masks, ms: ${show(masks.times)}`);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 40))
    console.log(`${count} ${reason}`);
}
