import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatBody, completionBody, OpenAiServer } from '../support/openai-server.ts';

const TOOL = { type: 'function', function: { name: 'f' } };

describe('requests that the OpenAI routes refuse', () => {
  let openai: OpenAiServer;
  beforeAll(async () => {
    openai = await OpenAiServer.start();
  });
  afterAll(() => openai.close());

  const content = (part: unknown): object => chatBody({ messages: [{ role: 'user', content: [part] }] });
  const schema = (value: unknown): object =>
    chatBody({ response_format: { type: 'json_schema', json_schema: { schema: value } } });

  it.each<[path: string, body: unknown, status: number, param: string | null, message: RegExp, code?: string]>([
    ['/v1/chat/completions', '{', 400, null, /JSON/, 'malformed_request'],
    ['/v1/chat/completions', '[]', 400, null, /JSON object/],
    ['/v1/chat/completions', {}, 400, 'messages', /messages/],
    ['/v1/chat/completions', chatBody({ messages: [] }), 400, 'messages', /1/],
    [
      '/v1/chat/completions',
      chatBody({ messages: [{ role: 'function', content: 'x' }] }),
      400,
      'messages[0].role',
      /role/,
    ],
    [
      '/v1/chat/completions',
      chatBody({ messages: [{ role: 'tool', content: 'x' }] }),
      400,
      'messages[0].tool_call_id',
      /call/,
    ],
    ['/v1/chat/completions', chatBody({ messages: [{ role: 'user' }] }), 400, 'messages[0].content', /content/],
    [
      '/v1/chat/completions',
      content({ type: 'image_url', image_url: { url: 'data:' } }),
      400,
      'messages[0].content',
      /only text/,
    ],
    ['/v1/chat/completions', content({ type: 'input_audio' }), 400, 'messages[0].content', /only text/],
    ['/v1/chat/completions', content({ type: 'text' }), 400, 'messages[0].content', /text/],
    [
      '/v1/chat/completions',
      chatBody({ messages: [{ role: 'assistant', content: '', tool_calls: [{}] }] }),
      400,
      'messages[0].tool_calls',
      /id and a function/,
    ],
    [
      '/v1/chat/completions',
      chatBody({ model: 'gpt-5' }),
      404,
      'model',
      /storyteller, gpt-4o, org\/chatty/,
      'model_not_found',
    ],
    [
      '/v1/chat/completions',
      chatBody({ messages: [{ role: 'user', content: 'word '.repeat(3000) }] }),
      400,
      'messages',
      /1024/,
      'context_length_exceeded',
    ],
    [
      '/v1/chat/completions',
      chatBody({ messages: [{ role: 'user', content: 'word '.repeat(300_000) }] }),
      400,
      'messages',
      /at least/,
      'context_length_exceeded',
    ],
    ['/v1/chat/completions', chatBody({ temperature: 2.1 }), 400, 'temperature', /2/],
    ['/v1/chat/completions', chatBody({ temperature: '1' }), 400, 'temperature', /number/],
    ['/v1/chat/completions', chatBody({ n: 9 }), 400, 'n', /8/],
    ['/v1/chat/completions', chatBody({ max_tokens: 0 }), 400, 'max_tokens', /1/],
    ['/v1/chat/completions', chatBody({ stop: ['a', 'b', 'c', 'd', 'e'] }), 400, 'stop', /4/],
    ['/v1/chat/completions', chatBody({ logit_bias: { a: 1 } }), 400, 'logit_bias', /token ids/],
    ['/v1/chat/completions', chatBody({ top_logprobs: 2 }), 400, 'top_logprobs', /logprobs/],
    ['/v1/chat/completions', chatBody({ logprobs: true, top_logprobs: 21 }), 400, 'top_logprobs', /20/],
    [
      '/v1/chat/completions',
      chatBody({ stream_options: { include_usage: true } }),
      400,
      'stream_options',
      /stream: true/,
    ],
    [
      '/v1/chat/completions',
      chatBody({ stream: true, stream_options: { include_usage: 1 } }),
      400,
      'stream_options',
      /true or false/,
    ],
    ['/v1/chat/completions', chatBody({ tool_choice: {} }), 400, 'tool_choice', /must be one of/],
    ['/v1/chat/completions', chatBody({ tool_choice: 123 }), 400, 'tool_choice', /must be one of/],
    ['/v1/chat/completions', chatBody({ tools: [{ type: 'web_search' }] }), 400, 'tools[0]', /"function"/],
    ['/v1/chat/completions', chatBody({ tools: [TOOL, TOOL] }), 400, 'tools[1]', /name of another/],
    ['/v1/chat/completions', chatBody({ tools: Array.from({ length: 129 }, () => TOOL) }), 400, 'tools', /at most 128/],
    [
      '/v1/chat/completions',
      chatBody({ tools: [TOOL], response_format: { type: 'json_object' } }),
      400,
      'response_format',
      /exclude each other/,
    ],
    [
      '/v1/chat/completions',
      chatBody({
        tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: { not: {} } } }],
        tool_choice: 'required',
      }),
      400,
      'tools',
      /schema of the tool "f"/,
      'invalid_json_schema',
    ],
    [
      '/v1/chat/completions',
      chatBody({
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }] },
        ],
      }),
      400,
      'messages[0].tool_calls',
      /JSON object/,
    ],
    ['/v1/chat/completions', chatBody({ tools: [], tool_choice: 'required' }), 400, 'tool_choice', /needs tools/],
    [
      '/v1/chat/completions',
      chatBody({ tool_choice: { type: 'function', function: { name: 'f' } } }),
      400,
      'tool_choice',
      /none of the tools/,
    ],
    ['/v1/chat/completions', chatBody({ function_call: { name: 'f' } }), 400, 'function_call', /use tools/],
    ['/v1/chat/completions', chatBody({ modalities: ['text', 'audio'] }), 400, 'modalities', /text only/],
    ['/v1/chat/completions', chatBody({ audio: { voice: 'x' } }), 400, 'audio', /text only/],
    ['/v1/chat/completions', chatBody({ web_search_options: {} }), 400, 'web_search_options', /search/],
    ['/v1/chat/completions', chatBody({ response_format: { type: 'xml' } }), 400, 'response_format', /json_schema/],
    [
      '/v1/chat/completions',
      chatBody({ response_format: { type: 'json_schema' } }),
      400,
      'response_format',
      /json_schema/,
    ],
    [
      '/v1/chat/completions',
      schema({ type: 'object', properties: { a: { type: 'string', pattern: '(a)\\1' } } }),
      400,
      'response_format.json_schema.schema.properties.a.pattern',
      /backreferences/,
      'invalid_json_schema',
    ],
    [
      '/v1/chat/completions',
      schema({ anyOf: [{ type: 'string' }, { not: { contains: {} } }] }),
      400,
      'response_format.json_schema.schema.anyOf[1].not',
      /"not"/,
      'invalid_json_schema',
    ],
    ['/v1/chat/completions', chatBody({ metadata: 'x' }), 400, 'metadata', /object/],
    ['/v1/completions', {}, 400, 'prompt', /prompt/],
    ['/v1/completions', completionBody({ prompt: '' }), 400, 'prompt', /not empty/],
    ['/v1/completions', completionBody({ prompt: [] }), 400, 'prompt', /not empty/],
    ['/v1/completions', completionBody({ prompt: ['a', 5] }), 400, 'prompt', /list/],
    ['/v1/completions', completionBody({ prompt: [4096] }), 400, 'prompt', /0 to 4095/],
    [
      '/v1/completions',
      completionBody({ prompt: Array.from({ length: 1024 }, () => 7) }),
      400,
      'prompt',
      /1024/,
      'context_length_exceeded',
    ],
    ['/v1/chat/completions', chatBody({ echo: true }), 400, 'echo', /repeats/],
    ['/v1/completions', completionBody({ suffix: 'x' }), 400, 'suffix', /inserted/],
    ['/v1/completions', completionBody({ best_of: 2 }), 400, 'best_of', /n/],
    [
      '/v1/completions',
      completionBody({ prompt: ['a', 'b'], n: 8, max_tokens: 1000, logprobs: 20 }),
      400,
      'logprobs',
      /250000/,
    ],
    ['/v1/completions', completionBody({ prompt: Array.from({ length: 20 }, () => 'a'), n: 8 }), 400, 'n', /128/],
    ['/v1/chat/completions', chatBody({ messages: [[]] }), 400, 'messages[0]', /object/],
    ['/v1/completions', completionBody({ logprobs: 21 }), 400, 'logprobs', /20/],
    [
      '/v1/completions',
      completionBody({ prompt: ['ok', 'word '.repeat(3000)] }),
      400,
      'prompt',
      /1024/,
      'context_length_exceeded',
    ],
    ['/tokenize', {}, 400, 'prompt', /prompt or messages/],
    ['/tokenize', { prompt: 'x', messages: [{ role: 'user', content: 'x' }] }, 400, 'prompt', /prompt or messages/],
    ['/tokenize', { prompt: 'x'.repeat(100_001) }, 400, 'prompt', /100000/],
    ['/detokenize', { tokens: ['a'] }, 400, 'tokens', /token ids/],
    ['/apply-template', { messages: 'x' }, 400, 'messages', /messages/],
    ['/v1/embed', {}, 404, null, /\/v1\/embed/, 'not_found'],
  ])('%s refuses %j', async (path, body, status, param, message, code = 'invalid_request') => {
    const response = await openai.server.post(path, body);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: { message: expect.stringMatching(message), type: 'invalid_request_error', param, code } },
    ]);
    expect((await openai.server.post('/v1/completions', completionBody({}))).status).toBe(200);
  });

  it('hints, and values that request nothing, are ignored', async () => {
    const body = {
      service_tier: 'auto',
      tools: [],
      tool_choice: 'auto',
      store: true,
      echo: false,
    };
    await openai.post(
      '/v1/chat/completions',
      chatBody({
        ...body,
        parallel_tool_calls: true,
        modalities: ['text'],
        user: 'me',
        metadata: { constructor: 'x' },
      }),
    );
    await openai.post(
      '/v1/completions',
      completionBody({ ...body, suffix: null, best_of: 1, stop: null, logprobs: null }),
    );
  });

  it('a wrong token and a wrong content type have an error in the envelope of OpenAI', async () => {
    const denied = await openai.server.post('/v1/chat/completions', chatBody({}), {
      headers: { authorization: 'Bearer no' },
    });
    expect([denied.status, await denied.json()]).toMatchObject([
      401,
      { error: { code: 'invalid_api_key', type: 'invalid_request_error' } },
    ]);
    const form = await openai.server.post('/v1/completions', 'a=1', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const message = expect.stringContaining('Content-Type: application/json') as string;
    expect([form.status, await form.json()]).toMatchObject([
      415,
      { error: { code: 'unsupported_media_type', message } },
    ]);
  });
});
