import type { ModelInfo } from '@frontier/inference';
import type { RequestContext } from '@frontier/http';
import { describe, expect, it } from 'vitest';
import type { SamplingRequest } from './sampling.request.js';
import { assertStreamOptions, toRequest } from './to-request.js';

const CONTEXT = { principal: { id: 'key:me' }, cache: {} } as RequestContext;

function convert(body: object, defaults: ModelInfo['defaults'] = {}, maxNewTokens = 100): ReturnType<typeof toRequest> {
  const info = { defaults, vocabSize: 50, contextLength: 1024 } as ModelInfo;
  return toRequest(body as SamplingRequest, CONTEXT, info, maxNewTokens, undefined);
}

describe(toRequest, () => {
  it("takes the body's temperature before the model's, and that before 1", () => {
    expect(convert({ temperature: 0 }, { temperature: 0.7 }).params?.temperature).toBe(0);
    expect(convert({ temperature: null }, { temperature: 0.7 }).params?.temperature).toBe(0.7);
    expect(convert({}).params?.temperature).toBe(1);
  });

  it('takes -1 for no bound of top_k, and one stop string for a list of one', () => {
    expect(convert({ top_k: -1, stop: '.' }).params).toMatchObject({ topK: 0, stop: ['.'] });
  });

  it('leaves fields that are null to their defaults', () => {
    expect(convert({ model: null, n: null, seed: null, priority: null })).toEqual({
      ...CONTEXT,
      params: { maxNewTokens: 100, temperature: 1 },
    });
  });

  it.each([
    [null, 100, undefined],
    [-1, 100, 924],
    // A completion that may fill the context leaves it to the prompt, but for one token.
    [-1, 1024, 1023],
    [1, 100, 1],
    [1023, 100, 1023],
  ])('truncates with %j and %d new tokens to %j', (truncate_prompt_tokens, maxNewTokens, expected) => {
    expect(convert({ truncate_prompt_tokens }, {}, maxNewTokens).truncatePromptTokens).toBe(expected);
  });

  it.each([0, -2, 1024])('refuses a truncation to %d tokens', (truncate_prompt_tokens) => {
    expect(() => convert({ truncate_prompt_tokens })).toThrow(/must be -1, or 1 to 1023/);
  });

  it.each([
    ['logit_bias', { 50: 1 }],
    ['stop_token_ids', [3, 50]],
    ['allowed_token_ids', [50]],
  ])('refuses a token in %s that the model does not have', (field, value) => {
    const errors = [{ pointer: `/${field}`, detail: expect.stringContaining('50 is not a token') as string }];
    expect(() => convert({ [field]: value })).toThrow(expect.objectContaining({ code: 'invalid_request', errors }));
  });
});

describe(assertStreamOptions, () => {
  it('refuses stream_options without a stream, and nothing else', () => {
    const stream_options = { include_usage: true };
    expect(() => assertStreamOptions({ stream_options } as SamplingRequest)).toThrow(/stream: true/);
    for (const body of [{}, { stream: true }, { stream: true, stream_options }, { stream_options: null }]) {
      assertStreamOptions(body as SamplingRequest);
    }
  });
});
