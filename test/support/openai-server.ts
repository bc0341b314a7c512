import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ModelCopy } from './model-copy.ts';
import { STORYTELLER, startServer, type TestServer, waitFor } from './server.ts';

const TEMPLATE = `{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}{% endif %}<|{{ m.role }}|>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;

/** A conversation with a system message, and parts of content. */
export const MESSAGES = [
  { role: 'system', content: 'You tell stories.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'A story ' },
      { type: 'text', text: 'of a dog.' },
    ],
  },
];

/** A short chat with changes. */
export const chatBody = (changes: object): object => ({
  messages: [{ role: 'user', content: 'x' }],
  max_tokens: 2,
  ...changes,
});
/** A short completion with changes. */
export const completionBody = (changes: object): object => ({ prompt: 'x', max_tokens: 2, ...changes });

interface Choice {
  index: number;
  text?: string;
  message?: { role: string; content: string };
  finish_reason: string;
  logprobs: never;
}

/** A completion or a chat completion. */
export interface Completion {
  id: string;
  model: string;
  system_fingerprint: string;
  choices: Choice[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/**
 * A server of three models: `storyteller`, alias `gpt-4o`; `org/chatty` with a chat template of its own; `plain` without one.
 */
export class OpenAiServer {
  readonly server: TestServer;
  private readonly folder: string;
  private readonly plain: ModelCopy;

  private constructor(server: TestServer, folder: string, plain: ModelCopy) {
    this.server = server;
    this.folder = folder;
    this.plain = plain;
  }

  static async start(): Promise<OpenAiServer> {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-chat-'));
    const plain = new ModelCopy();
    plain.edit('tokenizer_config.json', () => ({ chat_template: undefined }));
    cpSync(STORYTELLER, join(folder, 'chatty'), { recursive: true });
    writeFileSync(join(folder, 'chatty', 'chat_template.jinja'), TEMPLATE);
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }, { name: org/chatty, path: ${folder}/chatty }, { name: plain, path: ${plain.path} }]`;
    const server = await startServer({ yaml, env: { CACHE_BACKEND: 'memory' } });
    await waitFor(async () => (await fetch(`${server.url}/ready`)).status === 200);
    return new OpenAiServer(server, folder, plain);
  }

  /** POSTs a body; returns that of the response, which must have status 200. */
  async post<T = Completion>(path: string, body: object): Promise<T> {
    const response = await this.server.post(path, body);
    expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, '']);
    return (await response.json()) as T;
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true });
    this.plain.remove();
  }
}
