import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { jsonSchemas } from '@frontier/engine/testing/json-schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

const SCHEMAS = 200;
const AT_ONCE = 8;

interface Answer {
  choices: { message: { content: string }; finish_reason: string }[];
}

describe('answers to random schemas', () => {
  let server: TestServer;
  /** The bundled model never comes to an end of a string by itself. */
  const logit_bias: Record<number, number> = {};
  beforeAll(async () => {
    server = await startServer();
    for (const prompt of ['"', '}', ']']) {
      const response = await server.post('/tokenize', { prompt, add_special_tokens: false });
      const [token] = ((await response.json()) as { tokens: number[] }).tokens;
      logit_bias[token] = 6;
    }
  });
  afterAll(() => server.close());

  const ask = async (response_format: object, settings: object): Promise<Answer['choices']> => {
    const messages = [{ role: 'user', content: 'Once upon a time' }];
    const response = await server.post('/v1/chat/completions', { messages, response_format, logit_bias, ...settings });
    const body = await response.text();
    expect([response.status, response.status === 200 ? '' : body]).toEqual([200, '']);
    return (JSON.parse(body) as Answer).choices;
  };

  it(`parses and validates for ${SCHEMAS} random schemas, or ends with length`, async () => {
    const documents = fc.sample(
      // A body that names the first is refused; ajv calls the others.
      jsonSchemas.filter((schema) => !/__proto__|toString|valueOf/.test(JSON.stringify(schema))),
      SCHEMAS,
    );
    const ends = { stop: 0, length: 0 };
    const worker = async (): Promise<void> => {
      for (let schema = documents.pop(); schema; schema = documents.pop()) {
        const seed = documents.length;
        const format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
        for (const temperature of [0, 1.5]) {
          for (const { message, finish_reason } of await ask(format, { temperature, seed, n: 2, max_tokens: 120 })) {
            ends[finish_reason as 'stop' | 'length']++;
            if (finish_reason === 'length') continue;
            const validate = new Ajv2020({ strict: false }).compile(schema);
            const value: unknown = JSON.parse(message.content);
            expect([schema, message.content, validate(value), validate.errors]).toEqual([
              schema,
              message.content,
              true,
              null,
            ]);
            expect(message.content).toBe(compact(message.content));
          }
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // Most of them end, or nothing was tested.
    expect(ends.stop).toBeGreaterThan(ends.length);
    expect(server.engine.restarts).toBe(0);
  }, 120_000);
});

/** Without the white space that is between values, not in strings. */
function compact(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
