import { loadTokenizer } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUp, startServer, type TestServer, waitFor } from '../support/server.ts';
import { ASSETS, hasAssets } from './support/assets.ts';
import { NEAR_TIE } from './support/bounds.ts';
import { END } from './support/continue.ts';
import { GOLDEN, INPUTS } from './support/golden.ts';
import { LlamaCpp } from './support/llama-cpp.ts';
import { addRow } from './support/row.ts';

const MAX_TOKENS = 32;
/** Chats whose texts are compared; the first asks for the capital of France. */
const CHATS = [0, 2, 5, 8, 35];

interface Completion {
  choices: { message: { content: string }; logprobs: { content: { token: string }[] } | null }[];
}

describe.skipIf(!hasAssets)('a GGUF file behind /v1/chat/completions', () => {
  let server: TestServer;
  let llama: LlamaCpp;
  beforeAll(async () => {
    server = await startServer({ yaml: `models: [{ name: smollm2, path: ${ASSETS.gguf} }]`, ready: false });
    llama = new LlamaCpp();
    await waitFor(() => isUp(`${server.url}/ready`), 60_000);
  }, 90_000);
  afterAll(async () => {
    llama?.close();
    await server?.close();
  });

  async function ask(chat: number, settings: object = {}): Promise<Completion['choices'][number]> {
    const body = { messages: INPUTS.chats[chat], max_tokens: MAX_TOKENS, temperature: 0, ...settings };
    const response = await server.post('/v1/chat/completions', body);
    expect(response.status).toBe(200);
    return ((await response.json()) as Completion).choices[0];
  }

  it.for(CHATS)("responds to chat %i with llama.cpp's greedy text, up to a near tie", async (chat, context) => {
    const tokenizer = loadTokenizer(ASSETS.gguf);
    const prompt = [...tokenizer.encode(GOLDEN.chats[chat])];
    const { tokens, gaps } = await llama.call('greedy', prompt, MAX_TOKENS, END);
    const { message, logprobs } = await ask(chat, { logprobs: true });
    const ours = logprobs!.content.map(({ token }) => token);
    const theirs = tokens.filter((token) => token !== END).map((token) => tokenizer.decode([token]));
    const parting = theirs.join() === ours.join() ? -1 : tokens.findIndex((_, i) => theirs[i] !== ours[i]);
    const answer = message.content;
    addRow(context, {
      point: `chat over HTTP: ${JSON.stringify(INPUTS.chats[chat].at(-1)!.content)}`,
      ours: JSON.stringify(answer.length > 60 ? `${answer.slice(0, 60)}…` : answer),
      reference:
        parting === -1
          ? 'llama.cpp, the same'
          : `llama.cpp, ${parting} tokens; then a gap of ${gaps[parting].toFixed(3)}`,
      bound: `gaps below ${NEAR_TIE}`,
    });
    if (parting !== -1) expect(gaps[parting]).toBeLessThan(NEAR_TIE);
  });

  it('knows the capital of France', async () => {
    expect((await ask(0)).message.content).toContain('Paris');
  });

  it('responds with JSON of a schema', async (context) => {
    const properties = { capital: { type: 'string', maxLength: 40 }, isInEurope: { type: 'boolean' } };
    const schema = { type: 'object', properties, required: ['capital', 'isInEurope'], additionalProperties: false };
    const { message } = await ask(0, {
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      max_tokens: 60,
    });
    addRow(context, { point: 'structured output', ours: message.content, reference: 'the schema', bound: 'valid' });
    expect(JSON.parse(message.content)).toEqual({ capital: expect.any(String), isInEurope: expect.any(Boolean) });
  });
});
