import {
  chmodSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadModel, type DownloadedModel, type DownloadProgress } from './download-model.js';
import { parseHubReference } from './reference/hub-reference.js';
import type { HubSettings } from './reference/hub-settings.js';
import { FAKE_COMMIT, FAKE_REPOSITORY, FakeHub, type FakeHubRequest, type Misbehaviour } from './testing/fake-hub.js';
import { trialSettings } from './testing/hub-trial.js';

const WEIGHTS = Buffer.from('weights '.repeat(40_000));
const FILES = {
  'config.json': Buffer.from('{"model_type":"llama"}'),
  'tokenizer.json': Buffer.from('{}'),
  'README.md': Buffer.from('# A model'),
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': Buffer.from('pickled'),
  'original/consolidated.safetensors': Buffer.from('another form'),
  'onnx/model_q4.onnx': Buffer.from('a graph'),
  'onnx/model_q4.onnx_data': Buffer.from('its weights'),
};
const TAKEN = ['config.json', 'model.safetensors', 'tokenizer.json'];

describe(downloadModel, () => {
  let hub: FakeHub;
  let settings: HubSettings;
  beforeEach(async () => {
    hub = await FakeHub.start(FILES);
    settings = trialSettings(hub);
  });
  afterEach(async () => {
    await hub.stop();
    rmSync(settings.cache, { recursive: true });
  });

  const repository = (): string => join(settings.cache, 'models--frontier--tiny');
  const load = (
    reference = `hf:${FAKE_REPOSITORY}`,
    options: Partial<Parameters<typeof downloadModel>[1]> = {},
  ): Promise<DownloadedModel> =>
    downloadModel(parseHubReference(reference), { settings, signal: AbortSignal.timeout(20_000), ...options });
  const expectWhole = (path: string): void => {
    const names = globSync('**', { cwd: path }).filter((name) => statSync(join(path, name)).isFile());
    expect(names.toSorted()).toEqual(TAKEN);
    for (const name of TAKEN) {
      expect(readFileSync(join(path, name)).equals(FILES[name as keyof typeof FILES])).toBe(true);
    }
  };

  it('lays out one commit as other programs do, without what no model needs here', async () => {
    const progress: DownloadProgress[] = [];
    const { path, commit } = await load(undefined, { onProgress: (each) => progress.push(each) });
    expect([path, commit]).toEqual([join(repository(), 'snapshots', FAKE_COMMIT), FAKE_COMMIT]);
    expectWhole(path);
    expect(readFileSync(join(repository(), 'refs/main'), 'utf8')).toBe(FAKE_COMMIT);
    expect(readlinkSync(join(path, 'model.safetensors'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(readlinkSync(join(path, 'config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(globSync('**/*.{part,draft}', { cwd: settings.cache })).toEqual([]);
    const bytes = progress.map((each) => each.bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ bytes: progress[0].totalBytes, files: 3 });
  });

  it('leaves a name with the commit that has the model where only some files of another are wanted', async () => {
    await load();
    hub.describe = (files) => ({ sha: 'd'.repeat(40), siblings: files });
    const files = { include: ['*.json'], exclude: [] };
    const { path } = await load(undefined, { files });
    expect(globSync('*', { cwd: path }).toSorted()).toEqual(['config.json', 'tokenizer.json']);
    expect(readFileSync(join(repository(), 'refs/main'), 'utf8')).toBe(FAKE_COMMIT);
    // Some of them would do as little for all.
    await expect(load(undefined, { files, settings: { ...settings, isOffline: true } })).rejects.toThrow(/connection/);
    await hub.stop();
    await expect(load(undefined, { files })).rejects.toMatchObject({ failure: 'unreachable' });
  });

  it('asks for each file once, and the second time for none', async () => {
    await load();
    expect(hub.fileRequests).toHaveLength(3);
    await load();
    await Promise.all([load(), load()]);
    expect(hub.fileRequests).toHaveLength(3);
  });

  it('downloads once what two want at once', async () => {
    await Promise.all([load(), load(), load()]);
    expect(hub.fileRequests).toHaveLength(3);
  });

  it('takes the ONNX file of a dtype with its weights, and a file that is named alone', async () => {
    const { path } = await load(undefined, { dtype: 'q4' });
    expect(readFileSync(join(path, 'onnx/model_q4.onnx_data'), 'utf8')).toBe('its weights');
    expect(existsSync(join(path, 'model.safetensors'))).toBe(false);
    const named = await load(`hf:${FAKE_REPOSITORY}/onnx/model_q4.onnx@main`);
    expect(named.path).toBe(join(path, 'onnx/model_q4.onnx'));
  });

  it('copies where links are not wanted', async () => {
    settings = { ...settings, usesLinks: false };
    const { path } = await load();
    expect(lstatSync(join(path, 'config.json')).isSymbolicLink()).toBe(false);
    expectWhole(path);
  });

  it('asks nothing offline, and says so where the cache does not do', async () => {
    const offline = { ...settings, isOffline: true };
    await expect(load(undefined, { settings: offline })).rejects.toMatchObject({ failure: 'offline' });
    const { path } = await load();
    hub.requests.length = 0;
    expect((await load(undefined, { settings: offline })).path).toBe(path);
    rmSync(join(path, 'model.safetensors'));
    await expect(load(undefined, { settings: offline })).rejects.toThrow(/holds a part only.*model\.safetensors/);
    expect(hub.requests).toEqual([]);
  });

  it('uses what it has where the hub does not answer, and says so', async () => {
    const { path } = await load();
    hub.misbehave = ({ response }) => !!response.writeHead(429, { 'retry-after': '3600' }).end();
    const again = await load();
    expect(again).toMatchObject({ path, warnings: [expect.stringMatching(/answers with 429.*cache holds is used/)] });
  });

  it('uses the commit that it has where the next one cannot be had', async () => {
    const { path } = await load();
    hub.describe = (files) => ({
      sha: 'd'.repeat(40),
      siblings: [{ ...files[0], rfilename: 'x.json', blobId: 'e'.repeat(40) }, ...files],
    });
    hub.misbehave = ({ path: file, response }) => file !== undefined && !!response.writeHead(503).end();
    expect(await load()).toMatchObject({ path, warnings: [expect.stringContaining('503')] });
    hub.misbehave = ({ response }) => !!response.writeHead(404).end();
    const pinned = await load(`hf:${FAKE_REPOSITORY}@${FAKE_COMMIT}`);
    expect(pinned).toMatchObject({ path, warnings: [expect.stringContaining('is not on')] });
  });

  it('takes no other commit for the one that is named', async () => {
    await expect(load(`hf:${FAKE_REPOSITORY}@${'a'.repeat(40)}`)).rejects.toMatchObject({ failure: 'damaged' });
  });

  it('continues where another download ended, with the bytes that lack', async () => {
    hub.misbehave = onWeights(({ response, content }) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000));
      const timer = setInterval(() => {
        const [part] = globSync('blobs/*.part', { cwd: repository() });
        if (part === undefined || statSync(join(repository(), part)).size < 100_000) return;
        clearInterval(timer);
        response.destroy();
      }, 10);
    });
    await expect(load()).rejects.toMatchObject({ failure: 'unreachable' });
    hub.misbehave = () => undefined;
    hub.requests.length = 0;
    expectWhole((await load()).path);
    expect(hub.requests.find(({ path }) => path.endsWith('model.safetensors'))?.range).toBe('bytes=100000-');
    expect(globSync('blobs/*.part', { cwd: repository() })).toEqual([]);
  });

  it('ends when it is told to, and keeps what it has', async () => {
    const ending = new AbortController();
    hub.misbehave = onWeights(({ response, content }) => {
      response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 50_000));
      setTimeout(() => ending.abort(new Error('enough')), 50);
    });
    await expect(load(undefined, { signal: ending.signal })).rejects.toThrow('enough');
    expect(globSync('blobs/*.part', { cwd: repository() })).toHaveLength(1);
    expect(existsSync(join(repository(), 'refs'))).toBe(false);
  });

  it('sends the token to the hub alone, and follows to hosts that are allowed only', async () => {
    const storage = await FakeHub.start(FILES);
    try {
      hub.misbehave = onWeights(
        ({ request, response }) =>
          void response.writeHead(302, { location: `http://localhost:${storage.port}${request.url}` }).end(),
      );
      await expect(load()).rejects.toMatchObject({
        failure: 'refused_address',
        message: expect.stringContaining('HUB_REDIRECT_HOSTS'),
      });
      expect(storage.requests).toEqual([]);
      settings = { ...settings, redirectHosts: ['localhost'] };
      expectWhole((await load()).path);
      expect(new Set(hub.requests.map(({ token }) => token))).toEqual(new Set(['Bearer hf_secret']));
      expect(storage.requests.map(({ token }) => token)).toEqual([undefined]);
    } finally {
      await storage.stop();
    }
  });

  /** Faults after which the model is there all the same. */
  it.each<[string, Misbehaviour]>([
    ['a hub that is busy at first', ({ response, count }) => count < 3 && !!response.writeHead(503).end()],
    ['limits', ({ response, count }) => count < 2 && !!response.writeHead(429, { 'retry-after': '0' }).end()],
    ['connections that are cut', ({ response, count }) => count < 3 && !!response.destroy()],
    ['answers that end early', onWeights(cutAlways)],
    ['answers that stall', onWeights(stallAt(70_000), 1)],
    ['silence', onWeights(() => {}, 1)],
    ['a whole where a part was asked for', onWeights(wholeAfterCut, 2)],
    ['another part than was asked for', onWeights(otherPartAfterCut, 2)],
    ['a part that does not exist any more', onWeights(goneAfterCut)],
    ['other bytes once', onWeights(({ response, content }) => void response.end(Buffer.alloc(content.length)), 1)],
  ])('gets over %s', async (_, misbehave) => {
    hub.misbehave = misbehave;
    expectWhole((await load()).path);
  });

  /** Faults that end with an error, of a kind and with a line that says what to do. */
  it.each<[string, Misbehaviour, string, RegExp]>([
    ['no such model', ({ response }) => !!response.writeHead(404).end(), 'not_found', /tiny is not on http/],
    ['no such model, as the hub says to strangers', status(401, 'RepoNotFound'), 'not_found', /is not on http/],
    ['terms to accept', status(403, 'GatedRepo'), 'forbidden', /Accept its terms .* HF_TOKEN/],
    ['a token that may not', status(401), 'forbidden', /HF_TOKEN/],
    ['a hub that is down', status(500), 'unreachable', /answers with 500/],
    [
      'a hub that wants an hour',
      ({ response }) => !!response.writeHead(429, { 'retry-after': '3600' }).end(),
      'unreachable',
      /429/,
    ],
    ['a page in place of JSON', ({ response }) => !!response.end('<html>'), 'damaged', /no JSON; is HF_ENDPOINT/],
    ['an answer without a commit', ({ response }) => !!response.end('{}'), 'damaged', /names no commit/],
    [
      'circles',
      ({ request, response }) => !!response.writeHead(302, { location: request.url }).end(),
      'unreachable',
      /in circles/,
    ],
    [
      'a way to a file of the machine',
      ({ response }) => !!response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'refused_address',
      /HUB_REDIRECT_HOSTS/,
    ],
    [
      'other bytes always',
      onWeights(({ response, content }) => void response.end(Buffer.alloc(content.length))),
      'damaged',
      /other bytes than its checksum says/,
    ],
    [
      'bytes without end',
      onWeights(({ response, content }) => void response.end(Buffer.concat([content, content]))),
      'damaged',
      /sends more than/,
    ],
    ['answers that end early always', onWeights(cutAt(10)), 'unreachable', /ends after 10 of|cannot be reached/],
    ['silence always', onWeights(() => {}), 'unreachable', /silent for 0\.3 s/],
    [
      'a file that is gone',
      onWeights(({ response }) => void response.writeHead(404).end()),
      'not_found',
      /model\.safetensors is not on/,
    ],
  ])('ends with a clear line for %s', async (_, misbehave, failure, message) => {
    hub.misbehave = misbehave;
    await expect(load()).rejects.toMatchObject({ failure, message: expect.stringMatching(message) });
    expect(existsSync(join(repository(), 'refs'))).toBe(false);
    expect(existsSync(join(repository(), 'snapshots'))).toBe(false);
    hub.misbehave = () => undefined;
    expectWhole((await load()).path);
  });

  it.each([['../../etc/passwd'], ['/etc/passwd'], ['a/../../b'], ['a\\..\\b'], ['a//b'], ['nul\0.json'], ['']])(
    'refuses a repository with the file %j',
    async (rfilename) => {
      hub.describe = (files) => ({ sha: FAKE_COMMIT, siblings: [{ ...files[0], rfilename }, ...files] });
      await expect(load()).rejects.toMatchObject({ failure: 'unsafe_name' });
      expect(hub.fileRequests).toEqual([]);
    },
  );

  it.each([
    ['no size', { size: undefined }],
    ['a size below nothing', { size: -1 }],
    ['a path in place of a checksum', { blobId: '../../x', lfs: undefined }],
  ])('refuses files with %s', async (_, lie) => {
    hub.describe = (files) => ({ sha: FAKE_COMMIT, siblings: files.map((file) => ({ ...file, ...lie })) });
    await expect(load()).rejects.toMatchObject({ failure: 'damaged' });
  });

  it('begins nothing that the disk has no room for', async () => {
    hub.describe = (files) => ({
      sha: FAKE_COMMIT,
      siblings: files.map((file) => ({ ...file, size: 2 ** 50 })),
    });
    await expect(load()).rejects.toMatchObject({ failure: 'no_space', message: expect.stringMatching(/HF_HUB_CACHE/) });
    expect(hub.fileRequests).toEqual([]);
  });

  it('downloads a blob again that has lost its end', async () => {
    const { path } = await load();
    truncateSync(join(path, 'model.safetensors'), 5);
    expectWhole((await load()).path);
  });

  it('says what it cannot write to', async () => {
    mkdirSync(repository(), { recursive: true });
    writeFileSync(join(repository(), 'blobs'), 'no folder');
    chmodSync(join(repository(), 'blobs'), 0o400);
    await expect(load()).rejects.toThrow(/blobs/);
  });
});

function onWeights(fault: (request: FakeHubRequest) => void, times = Infinity): Misbehaviour {
  return (request) => {
    if (request.path !== 'model.safetensors' || request.count > times) return false;
    fault(request);
    return true;
  };
}

function status(code: number, name?: string): Misbehaviour {
  return ({ response }) => !!response.writeHead(code, name === undefined ? {} : { 'x-error-code': name }).end();
}

function cutAt(bytes: number): (request: FakeHubRequest) => void {
  return ({ response, content }) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 5));
  };
}

/** Breaks off each time after some more bytes, far more often than anything is tried again. */
function cutAlways({ request, response, content }: FakeHubRequest): void {
  const offset = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
  response.writeHead(offset > 0 ? 206 : 200, {
    'content-length': content.length - offset,
    ...(offset > 0 && { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` }),
  });
  response.write(content.subarray(offset, offset + 20_000), () => setTimeout(() => response.destroy(), 5));
}

function stallAt(bytes: number): (request: FakeHubRequest) => void {
  return ({ response, content }) =>
    void response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, bytes));
}

function wholeAfterCut(request: FakeHubRequest): void {
  if (request.count === 1) cutAt(70_000)(request);
  else request.response.writeHead(200, { 'content-length': request.content.length }).end(request.content);
}

function otherPartAfterCut(request: FakeHubRequest): void {
  const { count, content, response } = request;
  if (count === 1) return cutAt(70_000)(request);
  const range = `bytes 0-${content.length - 1}/${content.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': content.length }).end(content);
}

function goneAfterCut(request: FakeHubRequest): void {
  if (request.count === 1) cutAt(70_000)(request);
  else if (request.request.headers.range) request.response.writeHead(416).end();
  else request.response.end(request.content);
}
