import { AppError } from '@frontier/errors';
import { describe, expect, it } from 'vitest';
import { anthropicErrorFormat, toAnthropicError } from './anthropic-error.js';
import { isAnthropicPath } from './anthropic-paths.js';

const error = (status: number, code = 'x'): AppError =>
  new AppError('Inside.', { code, status, publicMessage: 'Outside.', retryable: status >= 500 });

describe(toAnthropicError, () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'invalid_request_error'],
    [413, 'request_too_large'],
    [415, 'invalid_request_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [503, 'overloaded_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ])('gives the status %i the type %s', (status, type) => {
    expect(toAnthropicError(error(status), 'id')).toEqual({
      status,
      body: { type: 'error', error: { type, message: 'Outside.' }, request_id: 'id' },
    });
  });

  it.each(['invalid_request', 'invalid_json_schema', 'context_length_exceeded'])('makes %s a 400', (code) => {
    expect(toAnthropicError(error(422, code), 'id').status).toBe(400);
    expect(toAnthropicError(error(422, 'idempotency_key_reused'), 'id').status).toBe(422);
  });

  it('says that it stores no conversations in the way that clients know', () => {
    const errors = [{ pointer: '/thread', detail: 'thread is not supported' }];
    const { body } = toAnthropicError(new AppError('x', { code: 'invalid_request', status: 422, errors }), 'id');
    expect(body.error.details).toEqual({ error_code: 'thread_unsupported_request', unsupported: ['thread'] });
  });

  it("begins with Anthropic's words where the prompt is too long", () => {
    const { body } = toAnthropicError(error(422, 'context_length_exceeded'), 'id');
    expect(body.error.message).toBe('prompt is too long: Outside.');
  });
});

describe('anthropicErrorFormat', () => {
  it('tells clients whether to retry, and the id of the request', () => {
    const formatted = anthropicErrorFormat.format(error(503), { path: '/v1/messages', requestId: 'id' });
    expect(formatted.headers).toEqual({ 'x-should-retry': 'true' });
    expect(anthropicErrorFormat.responseHeaders!(1, 'id')).toEqual({ 'request-id': 'id' });
  });
});

describe(isAnthropicPath, () => {
  it('accepts messages, and what may be below them', () => {
    expect(['/v1/messages', '/v1/messages/count_tokens', '/v1/messages/batches'].every(isAnthropicPath)).toBe(true);
    expect(['/v1/message', '/v1/messages2', '/messages', '/v1/models'].some(isAnthropicPath)).toBe(false);
  });
});
