import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHubSettings } from './hub-settings.js';

/** The values are those of huggingface_hub 2.4.0 with the same variables. */
describe(readHubSettings, () => {
  it.each([
    [{}, join(homedir(), '.cache/huggingface/hub')],
    [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/x', HF_HOME: '/h' }, '/h/hub'],
    [{ HF_HOME: '/h', HF_HUB_CACHE: '/c' }, '/c'],
    [{ HF_HOME: '/h', HF_HUB_CACHE: '' }, '/h/hub'],
    [{ HF_HUB_CACHE: 'c' }, resolve('c')],
  ])('keeps models with %j in %s', (env, cache) => {
    expect(readHubSettings(env).cache).toBe(cache);
  });

  it('has the token of the variable, else of its file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-hub-'));
    writeFileSync(join(folder, 'token'), 'hf_of_file\n');
    expect(readHubSettings({ HF_HOME: folder }).token).toBe('hf_of_file');
    expect(readHubSettings({ HF_HOME: folder, HF_TOKEN: 'hf_of_variable' }).token).toBe('hf_of_variable');
    expect(readHubSettings({ HF_HOME: '/nowhere', HF_TOKEN_PATH: join(folder, 'token') }).token).toBe('hf_of_file');
    expect(readHubSettings({ HF_HOME: '/nowhere' }).token).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it.each([
    [undefined, 'https://huggingface.co'],
    ['https://mirror.example/hub/', 'https://mirror.example/hub'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
  ])('asks, with HF_ENDPOINT %s, %s', (HF_ENDPOINT, endpoint) => {
    expect(readHubSettings({ HF_ENDPOINT }).endpoint).toBe(endpoint);
  });

  it.each(['mirror', 'ftp://mirror', 'https://user:secret@mirror', 'https://mirror?x'])('refuses %s', (HF_ENDPOINT) => {
    expect(() => readHubSettings({ HF_ENDPOINT })).toThrow(/HF_ENDPOINT must be the address of a hub/);
  });

  it.each(['hf_a\n#note', 'hf a', 'hf_\u00e9'])('refuses the token %j, without a word of it', (HF_TOKEN) => {
    expect(() => readHubSettings({ HF_TOKEN })).toThrow(/^HF_TOKEN, or the file that holds it, must be one line/);
  });

  it('sends to the hosts of a list, without the empty one', () => {
    expect(readHubSettings({ HUB_REDIRECT_HOSTS: 'Storage.example, ,' }).redirectHosts).toEqual(['storage.example']);
  });

  it.each(['1', 'ON', 'yes', 'True'])('is offline with %s', (value) => {
    expect(readHubSettings({ HF_HUB_OFFLINE: value }).isOffline).toBe(true);
    expect(readHubSettings({ HF_HUB_OFFLINE: '0' }).isOffline).toBe(false);
  });
});
