/**
 * What keeping an answer within a JSON schema costs a decode step, at a vocabulary of 49,152 tokens (the pieces of the bundled
 * tokenizer, and pairs of them) and a model of SmolLM2-135M's shape: the same engine with and without a schema, and the time
 * that the mask itself takes.
 *
 *   npm run bench:grammar [-- --precision int4 --tokens 200]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING_PARAMS, Engine, type JsonSchema, loadModel, type Precision } from '@frontier/engine';
import { pieces } from './grammar/pieces.ts';
import { bytePrompt, SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

const { values } = parseArgs({ options: { tokens: { type: 'string' }, precision: { type: 'string' } } });
const TOKENS = Number(values.tokens ?? 200);
const PRECISION = (values.precision ?? 'int4') as Precision;

const SCHEMAS: Record<string, JsonSchema | undefined> = {
  'no schema': undefined,
  json_object: { type: 'object' },
  person: {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 40 },
      age: { type: 'integer', minimum: 0, maximum: 150 },
      tags: { type: 'array', items: { type: 'string', maxLength: 12 } },
    },
    required: ['name', 'age', 'tags'],
  },
  numbers: { type: 'array', items: { type: 'number' }, minItems: 500 },
  recursive: {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: {
          text: { type: 'string' },
          kind: { enum: ['a', 'b', 'c'] },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
        required: ['text', 'kind', 'children'],
      },
    },
  },
};

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
try {
  writeRandomModel(folder, SHAPE_135M, { tokens: pieces(SHAPE_135M.vocab_size - 257) });
  const model = await loadModel({ path: folder, maxBatchSize: 16, contextLength: 512, precision: PRECISION });
  console.log(
    `${PRECISION}, 135M shape, vocabulary ${SHAPE_135M.vocab_size}, up to ${TOKENS} new tokens; milliseconds a step\n`,
  );
  console.log(
    '| schema | temperature | step, median | mask, median | mask, mean | mask, largest | mean mask / plain step |',
  );
  console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: |');
  const engine = new Engine(model, { prefillChunkTokens: 128 });
  let first = 0;
  for (const temperature of [0, 1]) {
    let plain = 0;
    for (const [name, jsonSchema] of Object.entries(SCHEMAS)) {
      const times = { steps: [] as number[], masks: [] as number[] };
      for (let seed = 0; times.steps.length < TOKENS; seed++) {
        const params = {
          ...DEFAULT_SAMPLING_PARAMS,
          temperature,
          seed,
          jsonSchema,
          maxNewTokens: TOKENS,
          ignoreEos: true,
        };
        const startedAt = performance.now();
        engine.add({ id: 'a', prompt: bytePrompt(`answer ${seed}`), params });
        first = Math.max(first, performance.now() - startedAt);
        const [sequence] = (Reflect.get(engine, 'requests') as Map<string, Set<{ constraint?: Timed }>>).get('a')!;
        if (sequence.constraint) time(sequence.constraint, times.masks);
        while (engine.hasWork) {
          const at = performance.now();
          const report = await engine.step();
          if (report?.kind === 'decode') times.steps.push(performance.now() - at);
          const error = report?.outputs[0]?.error;
          if (error) throw new Error(error.message);
        }
      }
      const masks = times.masks.length > 0 ? times.masks : [0];
      const step = median(times.steps);
      plain ||= step;
      const mean = masks.reduce((a, b) => a + b) / masks.length;
      const cells = [
        name,
        temperature,
        step.toFixed(2),
        median(masks).toFixed(3),
        mean.toFixed(3),
        Math.max(...masks).toFixed(2),
        (mean / plain).toFixed(4),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
  console.log(`\nThe longest time to take a request, that of the first schema included: ${first.toFixed(0)} ms.`);
  await model.runner.release();
} finally {
  rmSync(folder, { recursive: true });
}

interface Timed {
  mask(logits: Float32Array): void;
  allows(token: number): boolean;
  accept(token: number): void;
}

/** Adds up what a constraint takes for each step: the check of one token or the mask of all, and taking the token. */
function time(constraint: Timed, masks: number[]): void {
  let spent = 0;
  for (const method of ['mask', 'allows', 'accept'] as const) {
    const original = (constraint[method] as (argument: unknown) => unknown).bind(constraint);
    constraint[method] = ((argument: unknown) => {
      const at = performance.now();
      const result = original(argument);
      spent += performance.now() - at;
      if (method === 'accept') {
        masks.push(spent);
        spent = 0;
      }
      return result;
    }) as never;
  }
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
