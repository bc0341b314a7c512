import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

interface Schema {
  properties?: Record<string, Schema>;
  description?: string;
  example?: unknown;
  $ref?: string;
  allOf?: unknown;
  oneOf?: unknown;
  anyOf?: unknown;
  items?: Schema;
}

describe('system routes', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());
  const get = (path: string): Promise<Response> => fetch(server.url + path);

  it('say what the server is', async () => {
    const response = await get('/');
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect(await response.json()).toMatchObject({
      success: true,
      service: 'Frontier-Model-Run Inference API',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      status: 'operational',
      endpoints: { infer: '/v1/infer' },
    });
  });

  it('say that it is healthy and ready', async () => {
    expect(await (await get('/health')).json()).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      checks: { model: 'loaded', batch_processor: 'running', jobs: 'up', drain: 'up' },
    });
    expect(await (await get('/ready')).json()).toEqual({ status: 'ready' });
    expect(await (await get('/readyz')).json()).toEqual({
      status: 'ready',
      degraded: [],
      checks: { models: { status: 'up' }, jobs: { status: 'up' }, drain: { status: 'up' } },
    });
  });

  it('document every route, and every field with a description and an example', async () => {
    expect(await (await get('/docs')).text()).toContain('swagger-ui');
    const document = (await (await get('/docs/json')).json()) as {
      paths: Record<string, unknown>;
      components: { schemas: Record<string, Schema> };
    };
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/',
      '/admin/cache',
      '/admin/jobs/dead-letters',
      '/admin/jobs/{id}/requeue',
      '/admin/models/events',
      '/admin/models/{model}/load',
      '/admin/models/{model}/unload',
      '/apply-template',
      '/decode',
      '/detokenize',
      '/embed',
      '/embed_all',
      '/embed_sparse',
      '/health',
      '/info',
      '/livez',
      '/metrics',
      '/models/{model}/embed',
      '/predict',
      '/ready',
      '/readyz',
      '/rerank',
      '/similarity',
      '/startupz',
      '/tokenize',
      '/v1/chat/completions',
      '/v1/classify',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/infer',
      '/v1/infer/stream',
      '/v1/jobs',
      '/v1/jobs/{id}',
      '/v1/jobs/{id}/cancel',
      '/v1/jobs/{id}/deliveries',
      '/v1/jobs/{id}/deliveries/{number}/replay',
      '/v1/jobs/{id}/events',
      '/v1/jobs/{id}/response',
      '/v1/live',
      '/v1/messages',
      '/v1/messages/count_tokens',
      '/v1/models',
      '/v1/models/{model}',
      '/v1/rerank',
      '/v1/responses',
      '/v1/score',
      '/v2',
      '/v2/embed',
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/{model}',
      '/v2/models/{model}/generate',
      '/v2/models/{model}/generate_stream',
      '/v2/models/{model}/infer',
      '/v2/models/{model}/ready',
      '/v2/models/{model}/versions/{version}',
      '/v2/models/{model}/versions/{version}/infer',
      '/v2/models/{model}/versions/{version}/ready',
      '/v2/repository/index',
      '/v2/repository/models/{model}/load',
      '/v2/repository/models/{model}/unload',
      '/v2/rerank',
      '/webhooks/ingest',
    ]);
    const bare: string[] = [];
    for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
      for (const [field, schema] of Object.entries(properties)) {
        const nested = schema.$ref ?? schema.allOf ?? schema.oneOf ?? schema.anyOf ?? schema.items?.$ref;
        if (!schema.description || (!nested && schema.example === undefined)) bare.push(`${name}.${field}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it('are documented by valid OpenAPI', async () => {
    const source = await (await get('/docs/json')).text();
    const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended'] }) });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    // Probes refuse no caller.
    expect(problems.filter(({ ruleId }) => ruleId !== 'operation-4xx-response')).toEqual([]);
  });
});
