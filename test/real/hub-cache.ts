/**
 * Downloads a model with Python's huggingface_hub and with this engine, in both orders, from a hub on loopback, and proves that the second asks for no file
 * that the first has. By hand, with a Python that has huggingface_hub:
 *
 *   npm run build && node test/real/hub-cache.ts path/to/python
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { downloadModel, parseHubReference, readHubSettings } from '@frontier/engine/hub';
import { FAKE_REPOSITORY, FakeHub } from '@frontier/engine/testing/fake-hub';

const PYTHON = `
from huggingface_hub import snapshot_download, scan_cache_dir
print(snapshot_download('${FAKE_REPOSITORY}', ignore_patterns=['*.md']))
assert not scan_cache_dir().warnings
`;
const MODEL = resolve(import.meta.dirname, '../../models/storyteller');

const files = readdirSync(MODEL).filter((name) => statSync(join(MODEL, name)).isFile());
const hub = await FakeHub.start(Object.fromEntries(files.map((name) => [name, readFileSync(join(MODEL, name))])));

const byPython = async (cache: string, isOffline: boolean): Promise<string> => {
  const env = { ...variables(cache), HF_HUB_DISABLE_XET: '1', ...(isOffline && { HF_HUB_OFFLINE: '1' }) };
  const { stdout } = await promisify(execFile)(process.argv[2] ?? 'python3', ['-c', PYTHON], {
    env: { ...process.env, ...env },
  });
  return stdout.trim();
};
const byEngine = async (cache: string): Promise<string> => {
  const settings = readHubSettings(variables(cache));
  const { path } = await downloadModel(parseHubReference(`hf:${FAKE_REPOSITORY}`), {
    settings,
    signal: AbortSignal.timeout(20_000),
  });
  return path;
};
function variables(cache: string): Record<string, string> {
  return { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache };
}

for (const isPythonFirst of [true, false]) {
  const cache = mkdtempSync(join(tmpdir(), 'frontier-hub-'));
  const [first, second] = isPythonFirst ? [byPython, byEngine] : [byEngine, byPython];
  const path = await first(cache, false);
  assert(hub.fileRequests.length > 0);
  hub.requests.length = 0;
  assert.equal(await second(cache, false), path);
  assert.deepEqual(hub.fileRequests, []);
  hub.requests.length = 0;
  assert.equal(await byPython(cache, true), path);
  assert.deepEqual(hub.requests, []);
  rmSync(cache, { recursive: true });
  process.stdout.write(`${isPythonFirst ? 'Python' : 'The engine'} first: the other one asks for no file.\n`);
}
await hub.stop();
