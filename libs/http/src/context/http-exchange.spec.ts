import { describe, expect, it } from 'vitest';
import {
  type HttpRequest,
  type HttpResponse,
  isAnswered,
  pathOf,
  rawResponse,
  requestId,
  requestIdOf,
  routeOf,
} from './http-exchange.js';

const aRequest = (fields: object): HttpRequest => ({ headers: {}, method: 'GET', url: '/', ...fields });
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe(requestId, () => {
  it.each(['my-id', 'a.b:c_d', 'x'.repeat(128)])('takes %j from the caller', (id) => {
    expect(requestId({ headers: { 'x-request-id': id } })).toBe(id);
  });

  it.each(['', 'x'.repeat(129), 'two words', 'line\nend', '"'])('makes one of its own for %j', (id) => {
    expect(requestId({ headers: { 'x-request-id': id } })).toMatch(UUID);
  });
});

describe(requestIdOf, () => {
  it("is Fastify's, and the same one each time where there is no Fastify", () => {
    expect(requestIdOf(aRequest({ id: 'fastify', headers: { 'x-request-id': 'other' } }))).toBe('fastify');
    const request = aRequest({});
    expect(requestIdOf(request)).toBe(requestIdOf(request));
    expect(requestIdOf(request)).not.toBe(requestIdOf(aRequest({})));
  });
});

describe(pathOf, () => {
  it('is that of the whole URL without the query, also inside an Express router', () => {
    expect(pathOf(aRequest({ url: '/v1/jobs?limit=2&x=?' }))).toBe('/v1/jobs');
    expect(pathOf(aRequest({ url: '/jobs', originalUrl: '/v1/jobs?limit=2' }))).toBe('/v1/jobs');
  });
});

describe(routeOf, () => {
  it('is the pattern of the route on Fastify and on Express, and undefined without a route', () => {
    expect(routeOf(aRequest({ routeOptions: { url: '/v1/jobs/:id' } }))).toBe('/v1/jobs/:id');
    expect(routeOf(aRequest({ route: { path: '/v1/jobs/:id' } }))).toBe('/v1/jobs/:id');
    expect(routeOf(aRequest({ routeOptions: {} }))).toBeUndefined();
    expect(routeOf(aRequest({}))).toBeUndefined();
  });
});

describe(isAnswered, () => {
  const raw = { headersSent: false, destroyed: false };
  it.each([
    [{ raw }, false],
    [{ raw: { ...raw, headersSent: true } }, true],
    [{ raw: { ...raw, destroyed: true } }, true],
    [{ raw, sent: true }, true],
    [raw, false],
    [{ ...raw, headersSent: true }, true],
  ])('of %j is %j', (response, expected) => {
    expect(isAnswered(response as unknown as HttpResponse)).toBe(expected);
  });
});

describe(rawResponse, () => {
  it("is Fastify's raw response, or Express's own", () => {
    const raw = {};
    expect(rawResponse({ raw } as unknown as HttpResponse)).toBe(raw);
    expect(rawResponse(raw as HttpResponse)).toBe(raw);
  });
});
