import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelRegistry } from '@frontier/inference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORYTELLER, startServer, type TestServer, waitFor } from '../support/server.ts';
import { writeSplitStorytellerGguf, writeStorytellerGguf } from '../support/storyteller-gguf.ts';

describe('a model in GGUF', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-e2e-gguf-'));
  let server: TestServer;
  beforeAll(async () => {
    const path = join(folder, 'storyteller.gguf');
    const truncated = join(folder, 'truncated.gguf');
    writeStorytellerGguf(path);
    writeStorytellerGguf(truncated);
    truncateSync(truncated, 3_000_000);
    const models = [
      `{ name: folder, path: ${STORYTELLER}, precision: fp32 }`,
      `{ name: file, path: ${path}, precision: fp32 }`,
      `{ name: split, path: ${writeSplitStorytellerGguf(join(folder, 'split'))} }`,
      `{ name: folder-int8, path: ${STORYTELLER}, precision: int8 }`,
      `{ name: truncated, path: ${truncated} }`,
    ];
    server = await startServer({ yaml: `models: [${models.join(', ')}]` });
    await waitFor(() => {
      const phases = server.app
        .get(ModelRegistry)
        .statuses()
        .map(({ state }) => state.phase);
      return phases.filter((phase) => phase === 'ready').length === models.length - 1;
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const post = async (path: string, body: Record<string, unknown>) => {
    const response = await server.post(path, body);
    const { choices, usage, ...rest } = (await response.json()) as Record<string, unknown>;
    return { status: response.status, choices, usage, ...(choices === undefined && rest) };
  };
  const pairs = [
    ['file', 'folder'],
    ['split', 'folder-int8'],
  ];

  it.each(pairs)('answers prompts with the bits of the folder: %s', async (model, folderModel) => {
    const body = { prompt: 'Once upon a time, in 1999,\n\n a "dog"', temperature: 0, max_tokens: 40, logprobs: 3 };
    const expected = await post('/v1/completions', { ...body, model: folderModel });
    expect(expected.status).toBe(200);
    expect(await post('/v1/completions', { ...body, model })).toEqual(expected);
  });

  it.each(pairs)('answers chats and seeds with the bits of the folder: %s', async (model, folderModel) => {
    const messages = [{ role: 'user', content: 'Tell me of <|user|> and a cat.' }];
    const body = { messages, seed: 7, temperature: 0.8, max_tokens: 40 };
    const expected = await post('/v1/chat/completions', { ...body, model: folderModel });
    expect(expected.status).toBe(200);
    expect(await post('/v1/chat/completions', { ...body, model })).toEqual(expected);
  });

  it('is refused when its file is damaged, while the others are served', async () => {
    const { status } = await post('/v1/completions', { model: 'truncated', prompt: 'Once' });
    expect(status).toBe(503);
    const state = server.app
      .get(ModelRegistry)
      .statuses()
      .find(({ name }) => name === 'truncated')?.state;
    expect(JSON.stringify(state)).toMatch(
      /truncated\.gguf is truncated: tensor \\"[^"]*\\" ends at byte \d+, but the file has 3000000/,
    );
  });
});
