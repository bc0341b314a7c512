import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, waitFor } from '../support/server.ts';
import { StructuredAnswers } from '../support/structured-answers.ts';

describe('structured output', () => {
  let server: TestServer;
  let answers: StructuredAnswers;
  beforeAll(async () => {
    server = await startServer();
    answers = await StructuredAnswers.of(server);
  });
  afterAll(() => server.close());

  it('makes any JSON object', async () => {
    let ended = 0;
    for (let seed = 0; seed < 20; seed++) {
      const [{ message, finish_reason }] = await answers.ask(
        { type: 'json_object' },
        { seed, max_tokens: 100, temperature: 2, logit_bias: { ...answers.logitBias, [answers.closing]: 14 } },
      );
      if (finish_reason === 'length') continue;
      ended++;
      expect(JSON.parse(message.content)).toBeTypeOf('object');
      expect(message.content).toMatch(/^\{.*\}$/s);
    }
    expect(ended).toBeGreaterThan(5);
  });

  it('keeps names that objects have by themselves', async () => {
    const properties = { toString: { type: 'null' }, constructor: { const: { valueOf: 1 } } };
    const schema = { type: 'object', properties, required: Object.keys(properties) };
    const [{ message }] = await answers.ask({ type: 'json_schema', json_schema: { schema } }, { max_tokens: 60 });
    expect(message.content).toBe('{"toString":null,"constructor":{"valueOf":1}}');
  });

  it('never takes a schema that cannot be followed for a fault of the model', async () => {
    const messages = [{ role: 'user', content: 'x' }];
    const schemas = [
      { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { $ref: '#/%' },
      { type: 'array', items: { type: 'number', minimum: 1e300 }, minItems: 1 },
      { enum: Array.from({ length: 900 }, (_, i) => `${i}`.padEnd(1000, 'x')) },
      { anyOf: Array.from({ length: 600 }, (_, i) => ({ type: 'array', items: { type: 'string', maxLength: i } })) },
      { type: 'null' },
    ];
    const response = await server.post('/tokenize', { prompt: 'null n', add_special_tokens: false });
    const { tokens } = (await response.json()) as { tokens: number[] };
    for (const schema of schemas) {
      const response_format = { type: 'json_schema', json_schema: { schema } };
      const body = { messages, response_format, stop_token_ids: tokens };
      const refused = await server.post('/v1/chat/completions', body);
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'invalid_json_schema' } }]);
    }
    expect((await server.post('/v1/chat/completions', { messages, max_tokens: 2 })).status).toBe(200);
  });

  it('completes a schema that is costly to follow', async () => {
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`property_${i}`, { type: 'string' }]));
    const format = { type: 'json_schema', json_schema: { schema: { type: 'object', properties } } };
    await answers.ask(format, { max_tokens: 20, temperature: 1 });
    await waitFor(() => server.engine.unfinished === 0);
  });
});
