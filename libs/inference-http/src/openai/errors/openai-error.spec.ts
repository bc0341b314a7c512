import { AppError, type AppErrorOptions } from '@frontier/errors';
import { describe, expect, it } from 'vitest';
import { openAiErrorFormat, toOpenAiError } from './openai-error.js';
import { isOpenAiPath } from './openai-paths.js';

function converted(options: AppErrorOptions, path = '/v1/completions'): object {
  const { status, body } = toOpenAiError(new AppError('Inside.', { publicMessage: 'Outside.', ...options }), path);
  expect(body.error.message).toBe('Outside.');
  return { status, type: body.error.type, param: body.error.param, code: body.error.code };
}

describe(toOpenAiError, () => {
  it.each<[AppErrorOptions, object]>([
    [
      { code: 'unauthorized', status: 401 },
      { status: 401, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    ],
    [
      { code: 'rate_limit_exceeded', status: 429 },
      { status: 429, type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' },
    ],
    [
      { code: 'overloaded', status: 503 },
      { status: 503, type: 'server_error', param: null, code: 'overloaded' },
    ],
    [
      { code: 'model_not_found', status: 404 },
      { status: 404, type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    // Only errors of fields have status 400 here.
    [
      { code: 'idempotency_key_reused', status: 422 },
      { status: 422, type: 'invalid_request_error', param: null, code: 'idempotency_key_reused' },
    ],
    [
      { code: 'invalid_request', status: 422, errors: [{ pointer: '/messages/0/content', detail: '' }] },
      { status: 400, type: 'invalid_request_error', param: 'messages[0].content', code: 'invalid_request' },
    ],
    [
      { code: 'invalid_request', status: 422, errors: [{ pointer: '/a~1b~0c', detail: '' }] },
      { status: 400, type: 'invalid_request_error', param: 'a/b~c', code: 'invalid_request' },
    ],
    [
      { code: 'invalid_json_schema', status: 422, errors: [{ pointer: '/anyOf/1/not', detail: '' }] },
      {
        status: 400,
        type: 'invalid_request_error',
        param: 'response_format.json_schema.schema.anyOf[1].not',
        code: 'invalid_json_schema',
      },
    ],
  ])('converts %j', (options, expected) => {
    expect(converted(options)).toEqual(expected);
  });

  it.each([
    ['/v1/chat/completions', 'messages'],
    ['/v1/completions', 'prompt'],
  ])('on %s names the field of a prompt that is too long', (path, param) => {
    expect(converted({ code: 'context_length_exceeded', status: 422 }, path)).toMatchObject({ status: 400, param });
  });
});

describe('openAiErrorFormat', () => {
  it.each([true, false])('tells clients whether to retry: %j', (retryable) => {
    const error = new AppError('x', { code: 'overloaded', status: 503, retryable });
    expect(openAiErrorFormat.format(error, { path: '/v1/models', requestId: 'id' })).toMatchObject({
      status: 503,
      contentType: 'application/json; charset=utf-8',
      headers: { 'x-should-retry': String(retryable) },
    });
  });

  it('rounds the processing time to milliseconds', () => {
    expect(openAiErrorFormat.responseHeaders!(12.6, 'id')).toEqual({ 'openai-processing-ms': 13 });
  });
});

describe(isOpenAiPath, () => {
  it.each(['/v1/models', '/v1/embeddings', '/tokenize', '/v1/inference'])('accepts %s', (path) => {
    expect(isOpenAiPath(path)).toBe(true);
  });

  it.each(['/v1/infer', '/v1/infer/stream', '/v1/jobs', '/v1/jobs/job_1', '/v1', '/health', '/tokenize/x'])(
    'refuses %s',
    (path) => {
      expect(isOpenAiPath(path)).toBe(false);
    },
  );
});
