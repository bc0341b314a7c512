import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer, STORYTELLER, waitFor } from '../support/server.ts';

describe('a model whose provider this machine does not have', () => {
  const entry = `name: storyteller, path: ${STORYTELLER}, provider: { name: cuda, deviceId: 0 }`;

  it('is not served, and /readyz says why', async () => {
    const server = await startServer({ yaml: `models: [{ ${entry} }]`, ready: false });
    try {
      await waitFor(() => server.engine.state.phase === 'failed');
      const response = await fetch(`${server.url}/readyz`);
      expect(response.status).toBe(503);
      const { reason } = (await response.json()) as { reason: string };
      expect(reason).toMatch(/^model "storyteller": The provider cuda is not available here: /);
    } finally {
      await server.close();
    }
  });

  it('runs on the CPU where it may, and /readyz says so', async () => {
    const server = await startServer({ yaml: `models: [{ ${entry}, fallback: cpu }]` });
    try {
      const response = await fetch(`${server.url}/readyz`);
      expect(response.status).toBe(200);
      const { degraded } = (await response.json()) as { degraded: string[] };
      expect(degraded).toEqual([expect.stringMatching(/^model "storyteller": It runs on the CPU\. The provider cuda/)]);
      const answer = await server.post('/v1/infer', { prompt: 'Once', params: { max_new_tokens: 2 } });
      expect(answer.status).toBe(200);
    } finally {
      await server.close();
    }
  });
});

it.each([
  ['GRAPH_CACHE_DIR', (folder: string) => ({ GRAPH_CACHE_DIR: folder }), '.'],
  [
    'DATA_DIR, where it has no folder of its own',
    (folder: string) => ({ DATA_DIR: folder, GRAPH_CACHE_DIR: '' }),
    'graphs',
  ],
])('a second start takes the graph from %s', async (_, env, graphs) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-graphs-'));
  try {
    for (const origin of ['built', 'cached']) {
      const server = await startServer({ env: env(folder) });
      expect(server.engine.state).toMatchObject({ phase: 'ready', info: { graphOrigin: origin, warnings: [] } });
      await server.close();
    }
    expect(readdirSync(join(folder, graphs)).filter((name) => name !== 'facts')).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('a start without a cache leaves nothing in DATA_DIR but jobs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-graphs-'));
  try {
    const server = await startServer({ env: { DATA_DIR: folder, GRAPH_CACHE_DIR: 'off' } });
    await server.close();
    expect(readdirSync(folder)).not.toContain('graphs');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
