import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

interface Answer {
  choices: { message: { content: string }; finish_reason: string }[];
}

describe('structured output', () => {
  let server: TestServer;
  /** The bundled model never comes to an end of a string by itself. */
  const logit_bias: Record<number, number> = {};
  let closing: number;
  beforeAll(async () => {
    server = await startServer();
    for (const prompt of ['"', '}', ']']) {
      const response = await server.post('/tokenize', { prompt, add_special_tokens: false });
      const [token] = ((await response.json()) as { tokens: number[] }).tokens;
      logit_bias[token] = 6;
      if (prompt === '}') closing = token;
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

  it('makes any JSON object', async () => {
    let ended = 0;
    for (let seed = 0; seed < 20; seed++) {
      const [{ message, finish_reason }] = await ask(
        { type: 'json_object' },
        { seed, max_tokens: 100, temperature: 2, logit_bias: { ...logit_bias, [closing]: 14 } },
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
    const [{ message }] = await ask({ type: 'json_schema', json_schema: { schema } }, { max_tokens: 60 });
    expect(message.content).toBe('{"toString":null,"constructor":{"valueOf":1}}');
  });

  it('never takes a schema that cannot be followed for a fault of the model', async () => {
    const messages = [{ role: 'user', content: 'x' }];
    const schemas = [
      { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { $ref: '#/%' },
      { type: 'array', items: { type: 'number', minimum: 1e300 }, minItems: 1 },
      { enum: Array.from({ length: 900 }, (_, i) => `${i}`.padEnd(1000, 'x')) },
      { anyOf: Array.from({ length: 900 }, (_, i) => ({ type: 'string', maxLength: i + 300 })) },
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

  it('does not hold up neighbours with a schema that is costly to follow', async () => {
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`property_${i}`, { type: 'string' }]));
    const format = { type: 'json_schema', json_schema: { schema: { type: 'object', properties } } };
    const startedAt = performance.now();
    await ask(format, { max_tokens: 20, temperature: 1 });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await waitFor(() => server.engine.unfinished === 0);
  });
});
