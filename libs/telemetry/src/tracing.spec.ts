import { expect, describe, it } from 'vitest';
import { tracesUrl } from './tracing.js';

describe(tracesUrl, () => {
  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/v1/traces', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/v1/traces/', 'http://collector:4318/v1/traces'],
    ['https://otel.example/otlp', 'https://otel.example/otlp/v1/traces'],
    ['https://otel.example/otlp/v1/traces?key=1', 'https://otel.example/otlp/v1/traces?key=1'],
  ])('of %s is %s', (endpoint, url) => expect(tracesUrl(endpoint)).toBe(url));
});
