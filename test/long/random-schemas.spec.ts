import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { jsonSchemas } from '@frontier/engine/testing/json-schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { StructuredAnswers } from '../support/structured-answers.ts';

const SCHEMAS = 200;
const AT_ONCE = 8;

describe('answers to random schemas', () => {
  let server: TestServer;
  let answers: StructuredAnswers;
  beforeAll(async () => {
    server = await startServer();
    answers = await StructuredAnswers.of(server);
  });
  afterAll(() => server.close());

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
          for (const { message, finish_reason } of await answers.ask(format, {
            temperature,
            seed,
            n: 2,
            max_tokens: 120,
          })) {
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
