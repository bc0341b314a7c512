import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FAKE_COMMIT, FAKE_REPOSITORY, FakeHub } from '@frontier/engine/testing/fake-hub';

const KILLS = 20;
const CHUNK_BYTES = 64 * 1024;
const DOWNLOAD = `
  import { downloadModel, parseHubReference, readHubSettings } from '@frontier/engine/hub';
  process.stdout.write('begun');
  await downloadModel(parseHubReference('hf:${FAKE_REPOSITORY}'), {
    settings: readHubSettings(process.env), signal: new AbortController().signal,
  });
`;

describe('a download that is killed', () => {
  it(`goes on where it was, ${KILLS} times, and is whole at its end`, async () => {
    const weights = randomBytes(8 * 2 ** 20);
    const hub = await FakeHub.start({ 'config.json': Buffer.from('{}'), 'model.safetensors': weights });
    const cache = mkdtempSync(join(tmpdir(), 'frontier-hub-'));
    let sent = 0;
    // Slowly, so that the end of a download comes after all kills.
    hub.misbehave = ({ path, request, response, content }) => {
      if (path !== 'model.safetensors') return false;
      const offset = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      response.writeHead(offset > 0 ? 206 : 200, {
        'content-length': content.length - offset,
        ...(offset > 0 && { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` }),
      });
      void trickle(content.subarray(offset));
      return true;

      async function trickle(rest: Buffer): Promise<void> {
        for (let i = 0; i < rest.length && !response.destroyed; i += CHUNK_BYTES) {
          response.write(rest.subarray(i, i + CHUNK_BYTES));
          sent += Math.min(CHUNK_BYTES, rest.length - i);
          await sleep(20);
        }
        response.end();
      }
    };
    try {
      const env = { ...process.env, HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache, HF_HUB_OFFLINE: '' };
      const start = () =>
        spawn(process.execPath, ['--input-type=module', '-e', DOWNLOAD], {
          env,
          stdio: ['ignore', 'pipe', 'inherit'],
          cwd: import.meta.dirname,
        });
      for (let i = 0; i < KILLS; i++) {
        const child = start();
        await once(child.stdout, 'data');
        await sleep(Math.random() * 150);
        child.kill('SIGKILL');
        await once(child, 'exit');
        expect(globSync('models--*/{refs,snapshots}', { cwd: cache })).toEqual([]);
      }
      expect(await once(start(), 'exit')).toEqual([0, null]);
      const folder = join(cache, 'models--frontier--tiny');
      expect(readFileSync(join(folder, 'snapshots', FAKE_COMMIT, 'model.safetensors')).equals(weights)).toBe(true);
      expect(globSync('blobs/*.part', { cwd: folder })).toEqual([]);
      // What was on its way to a process that was killed is lost, and nothing else.
      expect(sent).toBeLessThan(2 * weights.length);
    } finally {
      await hub.stop();
      rmSync(cache, { recursive: true });
    }
  });
});
