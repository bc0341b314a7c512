import { type AnswerForm, readAnswer } from '@frontier/inference';
import { Engine, loadModel, type LoadedModel, loadTokenizer, type ToolDefinition } from '@frontier/engine';
import { jsonSchemas } from '@frontier/engine/testing/json-schemas';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORYTELLER } from '../support/server.ts';

/** Names that could be taken for marks, or for the end of a text. */
const NAMES = [
  '</tool_call>',
  '<tool_call>',
  '", "arguments": {',
  '}\n',
  '\\',
  'ñ 日本 😀',
  '<|user|>',
  'a',
  'a b',
  'get_weather',
];
const CASES = 500;

/** A tool with a random schema of an object, and the validator of that. */
const tools: fc.Arbitrary<ToolDefinition> = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.dictionary(fc.string({ maxLength: 6 }), jsonSchemas, { maxKeys: 3, noNullPrototype: true }),
  )
  .map(([name, properties]) => {
    const $defs = Object.values(properties)[0]?.$defs ?? {};
    const parameters = {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
      $defs,
    };
    return { name, parameters, isStrict: true };
  });

describe('calls of tools with sampled arguments', () => {
  let model: LoadedModel;
  let engine: Engine;
  const prompt = loadTokenizer(STORYTELLER).encode('<|user|>Call.<|assistant|>');
  beforeAll(async () => {
    model = await loadModel({ path: STORYTELLER, maxBatchSize: 16, contextLength: 512 });
    engine = new Engine(model, { maxWaiting: 1000 });
  });
  afterAll(() => model.runner.release());

  it(`always parse and validate, or end with "length": ${CASES} random schemas, in all formats`, async () => {
    const formats = ['hermes', 'mistral', 'granite', 'llama'] as const;
    const made = fc.sample(fc.uniqueArray(tools, { minLength: 1, maxLength: 3, selector: ({ name }) => name }), {
      numRuns: CASES,
      seed: 20,
    });
    const texts = new Map<string, { text: string; reason?: string }>();
    for (const [i, offered] of made.entries()) {
      const rules = { format: formats[i % 4], tools: offered, isTriggered: true, isParallel: i % 3 === 0 };
      texts.set(String(i), { text: '' });
      engine.add({ id: String(i), prompt, params: { maxNewTokens: 150, temperature: 1.2, seed: i, tools: rules } });
    }
    while (engine.hasWork) {
      for (const { id, text, finished, error } of (await engine.step())?.outputs ?? []) {
        if (error) throw new Error(error.message);
        const answer = texts.get(id)!;
        answer.text += text;
        answer.reason = finished?.reason ?? answer.reason;
      }
    }
    let calls = 0;
    let cut = 0;
    for (const [id, { text, reason }] of texts) {
      const form: AnswerForm = { tools: formats[Number(id) % 4], isTriggered: true, thinking: 'none' };
      const answer = readAnswer(text, form);
      expect(answer.text).toBe('');
      if (reason === 'length') cut++;
      else expect(answer.calls.length).toBeGreaterThan(0);
      for (const call of answer.calls) {
        calls++;
        const tool = made[Number(id)].find(({ name }) => name === call.name);
        const validate = new Ajv2020({ strict: false }).compile(tool!.parameters as object);
        expect([validate(JSON.parse(call.arguments)), validate.errors]).toEqual([true, null]);
      }
    }
    // Nothing would be tested if all were cut.
    expect(calls).toBeGreaterThan(CASES / 4);
    expect(cut).toBeLessThan(CASES);
  }, 120_000);

  it('take 128 tools, each of a schema of its own', async () => {
    const many = Array.from({ length: 128 }, (_, i) => ({
      name: `tool_${i}`,
      parameters: {
        type: 'object',
        properties: { [`p${i}`]: { type: 'integer', minimum: i, maximum: i } },
        required: [`p${i}`],
        additionalProperties: false,
      },
    }));
    const rules = { format: 'hermes', tools: many, isTriggered: true, isParallel: false } as const;
    engine.add({ id: 'many', prompt, params: { maxNewTokens: 150, temperature: 0, tools: rules } });
    let text = '';
    while (engine.hasWork) for (const output of (await engine.step())?.outputs ?? []) text += output.text;
    const [{ name, arguments: given }] = readAnswer(text, {
      tools: 'hermes',
      isTriggered: true,
      thinking: 'none',
    }).calls;
    const number = Number(name.slice(5));
    expect(JSON.parse(given)).toEqual({ [`p${number}`]: number });
  });
});
