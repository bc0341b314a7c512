import { join } from 'node:path';
import {
  DEFAULT_SAMPLING_PARAMS,
  Engine,
  type GenerationRequest,
  loadModel,
  type LoadedModel,
  type StepReport,
} from '@frontier/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROMPTS = [
  'Once upon a time',
  'The little dog',
  'Tom',
  'One day, a big bear came to the river. The bear was hungry and',
  'Lily and her mother went to the market to buy some red apples. '.repeat(12),
  'A',
];

const request = fc.record({
  prompt: fc.constantFrom(...PROMPTS),
  maxNewTokens: fc.integer({ min: 1, max: 40 }),
  temperature: fc.constantFrom(0, 0.8),
  topP: fc.constantFrom(1, 0.9),
  topK: fc.constantFrom(0, 30),
  repetitionPenalty: fc.constantFrom(1, 1.2),
  seed: fc.integer({ min: 0, max: 5 }),
  arrival: fc.nat({ max: 40 }),
  cancelAt: fc.option(fc.nat({ max: 80 }), { freq: 4 }),
});

describe.each(['fp32', 'int8', 'int4'] as const)('what a request returns in %s', (precision) => {
  let model: LoadedModel;
  beforeAll(async () => {
    const path = join(import.meta.dirname, '../../models/storyteller');
    model = await loadModel({ path, maxBatchSize: 16, precision });
  });
  afterAll(() => model.runner.release());

  function anEngine(): Engine {
    return new Engine(model, { prefillChunkTokens: 24 });
  }

  const texts = new Map<string, string>();
  /** The text of a request on an idle engine; remembered, since schedules share requests. */
  async function alone(params: Omit<GenerationRequest, 'id'>): Promise<string> {
    const key = JSON.stringify(params);
    if (!texts.has(key)) {
      const engine = anEngine();
      engine.add({ ...params, id: 'alone' });
      let text = '';
      while (engine.hasWork) for (const output of (await engine.step())!.outputs) text += output.text;
      texts.set(key, text);
    }
    return texts.get(key)!;
  }

  it('is byte for byte the same among 16 others, over random arrivals, lengths, samplings and cancellations', async () => {
    let largestBatch = 0;
    const schedule = fc.array(request, { minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(schedule, async (arrivals) => {
        const requests = arrivals.map(({ arrival, cancelAt, prompt, ...params }, i) => ({
          arrival,
          cancelAt: cancelAt ?? Infinity,
          request: { id: `r${i}`, prompt, params: { ...DEFAULT_SAMPLING_PARAMS, ...params } },
        }));
        const engine = anEngine();
        const results = new Map(requests.map(({ request: { id } }) => [id, { text: '', finished: false }]));
        const take = (report: StepReport | undefined): void => {
          if (report?.kind === 'decode') largestBatch = Math.max(largestBatch, report.tokens);
          for (const { id, text, finished } of report?.outputs ?? []) {
            const result = results.get(id)!;
            result.text += text;
            result.finished ||= finished !== undefined;
          }
        };
        for (let step = 0; step <= 80 || engine.hasWork; step++) {
          for (const { arrival, cancelAt, request: r } of requests) {
            if (arrival === step) engine.add(r);
            if (cancelAt === step) engine.cancel(r.id);
          }
          take(await engine.step());
        }
        for (const { request: r, cancelAt } of requests) {
          const { text, finished } = results.get(r.id)!;
          const expected = await alone({ prompt: r.prompt, params: r.params });
          if (cancelAt === Infinity) expect([finished, text]).toEqual([true, expected]);
          else expect(expected.startsWith(text)).toBe(true);
        }
      }),
      { numRuns: 15, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: false },
    );
    expect(largestBatch).toBeGreaterThan(8);
  });
});
