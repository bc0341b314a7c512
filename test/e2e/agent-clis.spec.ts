import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { readEvents, startServer, type TestServer } from '../support/server.ts';

/** Requests in the form in which Codex and Claude Code send them (October 2026), with texts of our own. */
const requestOf = (name: string, model: string): Record<string, unknown> => ({
  ...(JSON.parse(readFileSync(join(import.meta.dirname, `../goldens/agent-requests/${name}.json`), 'utf8')) as object),
  model,
});
const BETAS = {
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'claude-code-20250219,context-management-2025-06-27,effort-2025-11-24',
};

async function events(response: Response): Promise<Record<string, unknown>[]> {
  expect(response.status).toBe(200);
  const all: Record<string, unknown>[] = [];
  for await (const { data } of readEvents(response)) all.push(data);
  return all;
}

const call = (name: string, given: object): string =>
  `<tool_call>\n{"name": "${name}", "arguments": ${JSON.stringify(given)}}\n</tool_call>`;

describe('agents at a command line, with an engine that follows a script', () => {
  let server: TestServer;
  beforeAll(async () => {
    const coder = (prompt: string): string[] => {
      if (prompt.includes('AGENTS.md\nREADME.md')) return ['It is a demo.'];
      if (prompt.includes('main.py\nutil.py')) return ['It greets.'];
      const first = prompt.includes('CLAUDE.md') ? 'Bash' : 'exec_command';
      const given = first === 'Bash' ? { command: 'ls' } : { cmd: 'ls' };
      const second = first === 'Bash' ? '' : `\n${call('multi_agent_v1__close_agent', { target: 'a' })}`;
      return ['<think>Hm.</think>I look. ', call(first, given) + second];
    };
    server = await startScriptedServer({ coder: { answers: ({ prompt }) => ({ text: coder(prompt) }) } });
  });
  afterAll(() => server.close());

  it('Codex gets its calls, those of a namespace by their own names, and goes on', async () => {
    const response = await server.post('/v1/responses', requestOf('codex-first-turn', 'coder'));
    // What it would search the web with.
    expect(response.headers.get('warning')).toBe('299 - "Unknown fields were ignored: tools.web_search"');
    const all = await events(response);
    const items = all.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
    expect(items).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'Hm.' }] },
      { type: 'message', content: [{ text: 'I look. ' }] },
      { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}' },
      { type: 'function_call', name: 'close_agent', namespace: 'multi_agent_v1', arguments: '{"target":"a"}' },
    ]);
    const last = all.at(-1) as { type: string; response: { id: string; usage: object; tools: { type: string }[] } };
    expect(last).toMatchObject({
      type: 'response.completed',
      response: {
        id: expect.stringMatching(/^resp_/) as string,
        usage: {
          input_tokens: expect.any(Number) as number,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: expect.any(Number) as number,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: expect.any(Number) as number,
        },
      },
    });
    expect(last.response.tools.map(({ type }) => type)).not.toContain('web_search');

    const second = await events(await server.post('/v1/responses', requestOf('codex-second-turn', 'coder')));
    expect(second.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output: [{ type: 'message', content: [{ text: 'It is a demo.' }] }] },
    });
  });

  it.each([
    [{ type: 'namespace', name: 'a', tools: [{ type: 'function', name: '' }] }, /name of 1 to 128/],
    [{ type: 'namespace', name: 'a', tools: {} }, /of the type .*function/],
    [{ type: 'namespace', name: 'a', tools: [{ type: 'web_search' }] }, /of the type .*function/],
    [{ type: 'namespace', name: 'a'.repeat(127), tools: [{ type: 'function', name: 'b' }] }, /name of 1 to 128/],
    [{ type: 'namespace', name: 'a', tools: [{ type: 'function', name: { toString: 1 } }] }, /name of 1 to 128/],
    [{ type: 'namespace', name: 'a', tools: [{ type: 'function', name: ['b'] }] }, /name of 1 to 128/],
    [{ type: 'custom', name: 'apply_patch' }, /of the type .*function/],
    [{ type: 'code_interpreter' }, /of the type .*function/],
  ])('refuses the tool %j', async (tool, message) => {
    const response = await server.post('/v1/responses', { model: 'coder', input: 'Hi', tools: [tool] });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(message);
  });

  it('Claude Code gets its calls, and goes on', async () => {
    const post = async (name: string) =>
      events(await server.post('/v1/messages?beta=true', requestOf(name, 'coder'), { headers: BETAS }));
    const first = await post('claude-code-first-turn');
    expect(first.map(({ type }) => type).slice(-2)).toEqual(['message_delta', 'message_stop']);
    expect(first.find(({ type }) => type === 'message_start')).toMatchObject({ message: { model: 'coder' } });
    const blocks = first.filter(({ type }) => type === 'content_block_start').map(({ content_block: block }) => block);
    expect(blocks).toMatchObject([{ type: 'thinking' }, { type: 'text' }, { type: 'tool_use', name: 'Bash' }]);
    const second = await post('claude-code-second-turn');
    expect(JSON.stringify(second)).toContain('It greets.');
    expect(second.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' } });
  });

  it('Claude Code checks a key, and counts tokens', async () => {
    const quota = await server.post('/v1/messages?beta=true', requestOf('claude-code-quota', 'coder'));
    expect(quota.status).toBe(200);
    const { messages, tools } = requestOf('claude-code-first-turn', 'coder');
    const counted = await server.post('/v1/messages/count_tokens?beta=true', { model: 'coder', messages, tools });
    expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(50);
  });

  it.each<object>([
    { thinking: { type: 'enabled', budget_tokens: 31999 } },
    { thinking: { type: 'disabled' } },
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'system', content: [], output_config: { effort: 'high' } },
      ],
    },
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'user', content: 'Ho' },
      ],
      stop_sequences: ['</block>'],
    },
    { output_config: { effort: 'max' } },
    { tools: [] },
  ])('Claude Code may send %j', async (changes) => {
    const body = { ...requestOf('claude-code-first-turn', 'coder'), ...changes, stream: false };
    const response = await server.post('/v1/messages?beta=true', body, { headers: BETAS });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  });
});

it('Claude Code gets the title of a session as JSON, from the bundled model', async () => {
  const server = await startServer();
  const body = { ...requestOf('claude-code-title', 'storyteller'), max_tokens: 60, stream: false };
  const response = await server.post('/v1/messages?beta=true', body, { headers: BETAS });
  const { content, stop_reason: reason } = (await response.json()) as {
    content: { text: string }[];
    stop_reason: string;
  };
  if (reason === 'end_turn') expect(JSON.parse(content[0].text)).toEqual({ title: expect.any(String) as string });
  else expect(content[0].text).toMatch(/^{"title":"/);
  await server.close();
});
