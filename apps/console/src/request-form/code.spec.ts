import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { codeOf } from './code.js';
import type { Form } from './form.js';
import { requestOf } from './request-body.js';

const form: Form = {
  mode: 'chat',
  model: 'storyteller',
  system: '',
  temperature: '0.7',
  top_p: '',
  max_tokens: '16',
  seed: '42',
  stop: '\\n, END',
  probabilities: true,
  schema: '{"type":"object"}',
};
const messages = [{ role: 'user' as const, content: `It's "new" \\ $HOME \`x\`\nline` }];

describe('the same request', () => {
  it('has what the form says, and leaves out what is empty', () => {
    expect(requestOf(form, messages)).toEqual({
      path: '/v1/chat/completions',
      body: {
        model: 'storyteller',
        max_tokens: 16,
        temperature: 0.7,
        seed: 42,
        stop: ['\n', 'END'],
        messages,
        logprobs: true,
        top_logprobs: 5,
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
      },
    });
    const completion = requestOf({ ...form, mode: 'completion', stop: '', seed: 'x', probabilities: false }, messages);
    expect(completion).toEqual({
      path: '/v1/completions',
      body: { model: 'storyteller', max_tokens: 16, temperature: 0.7, prompt: messages[0].content },
    });
  });

  it('survives a shell, whatever is in it', () => {
    const code = codeOf('curl', 'http://localhost:8080', requestOf(form, messages));
    const script = `curl() { printf '%s\\0' "$@"; }; KEY=secret; ${code}`;
    const [url, , key, , , , body] = execFileSync('sh', ['-c', script]).toString().split('\0');
    expect([url, key]).toEqual(['http://localhost:8080/v1/chat/completions', 'Authorization: Bearer secret']);
    expect(JSON.parse(body)).toEqual(requestOf(form, messages).body);
  });

  it('is JavaScript and Python, with the key from the environment', () => {
    const request = requestOf(form, messages);
    const node = codeOf('openai (Node)', 'http://x', request);
    expect(node).toContain('client.chat.completions.create({');
    expect(JSON.parse(/create\((\{[\s\S]*\})\);/.exec(node)![1])).toEqual(request.body);
    const python = codeOf('Python', 'http://x', request);
    expect(python).toContain('    logprobs=True,');
    expect(python).toContain('api_key=os.environ["KEY"]');
  });
});
