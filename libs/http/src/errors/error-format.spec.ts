import { AppError } from '@frontier/errors';
import { fastify as createFastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { ErrorFormat, errorFormatOf, formatUnknownRoutes } from './error-format.js';
import { problemFormat } from './problem.js';

const own: ErrorFormat = { format: ({ status }) => ({ status, contentType: 'text/plain', body: {} }) };
const configOf = (handler: object): unknown => Reflect.getMetadata('__fastify_route_config__', handler);

describe(ErrorFormat, () => {
  it('gives all handlers of a controller a form, and keeps their other options', () => {
    class Controller {
      first(): void {}
      second(): void {}
    }
    Reflect.defineMetadata('__fastify_route_config__', { other: 1 }, Controller.prototype.first);
    ErrorFormat(own)(Controller);
    expect(configOf(Controller.prototype.first)).toEqual({ other: 1, errorFormat: own });
    expect(configOf(Controller.prototype.second)).toEqual({ errorFormat: own });
  });
});

describe(errorFormatOf, () => {
  it('is that of the route; without a route, that of the path; else a problem document', async () => {
    const fastify = createFastify();
    formatUnknownRoutes(fastify, (path) => (path === '/v1/nothing' ? own : undefined));
    const chosen: [string, ErrorFormat][] = [];
    fastify.addHook('onRequest', async (request) => void chosen.push([request.url, errorFormatOf(request)]));
    fastify.get('/own', { config: { errorFormat: own } as object }, () => 'ok');
    fastify.get('/plain', () => 'ok');
    for (const url of ['/own', '/plain', '/v1/nothing?x=1', '/nothing']) await fastify.inject(url);
    expect(chosen).toEqual([
      ['/own', own],
      ['/plain', problemFormat],
      ['/v1/nothing?x=1', own],
      ['/nothing', problemFormat],
    ]);
  });

  it('is chosen by the body where the route says so', async () => {
    const fastify = createFastify();
    const choose = ({ body }: { body?: unknown }): ErrorFormat => (body === undefined ? problemFormat : own);
    const chosen: ErrorFormat[] = [];
    fastify.addHook('onRequest', async (request) => void chosen.push(errorFormatOf(request)));
    fastify.addHook('preHandler', async (request) => void chosen.push(errorFormatOf(request)));
    fastify.post('/both', { config: { errorFormat: choose } as object }, () => 'ok');
    await fastify.inject({ method: 'POST', url: '/both', payload: { texts: [] } });
    expect(chosen).toEqual([problemFormat, own]);
  });

  it('is a problem document on Express, which has no route options', () => {
    expect(errorFormatOf({ url: '/own' })).toBe(problemFormat);
  });
});

describe('problemFormat', () => {
  it('writes the public message, and the title of the status', () => {
    const errors = [{ pointer: '/a', detail: 'a must be a text' }];
    const error = new AppError('Inside.', { code: 'invalid_request', status: 422, publicMessage: 'Outside.', errors });
    expect(problemFormat.format(error, { path: '/v1/infer', requestId: 'id' })).toEqual({
      status: 422,
      contentType: 'application/problem+json',
      body: {
        type: 'about:blank',
        title: 'Unprocessable Entity',
        status: 422,
        detail: 'Outside.',
        instance: '/v1/infer',
        code: 'invalid_request',
        request_id: 'id',
        errors,
      },
    });
  });

  it('has a title for a status without a name', () => {
    const error = new AppError('x', { code: 'odd', status: 499 });
    expect(problemFormat.format(error, { path: '/', requestId: 'id' }).body.title).toBe('Error');
  });
});
