import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileKeyStore } from './file-key.store.js';
import { tokenDigest } from './token-digest.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontier-keys-'));
  Logger.overrideLogger(false);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function open(path: string): FileKeyStore {
  const others = [[tokenDigest('seed'), { name: 'default', admin: true }]] as const;
  const store = new FileKeyStore({ path, others, pollMs: 5 });
  onTestFinished(() => store.onModuleDestroy());
  return store;
}

const entry = (name: string, token: string, rest = ''): string =>
  `keys: [{ name: ${name}, sha256: ${tokenDigest(token).toUpperCase()}${rest} }]`;

describe(FileKeyStore.name, () => {
  it('finds keys by their tokens, with what they may', () => {
    const rest = ', models: [a], priority: low, rate_limit: 5, tokens_per_minute: 100, max_concurrent: 2';
    const store = open(write('keys.yaml', entry('team', 'secret', rest)));
    expect(store.find('secret')).toEqual({
      name: 'team',
      admin: false,
      models: ['a'],
      priority: 'low',
      rateLimit: 5,
      tokensPerMinute: 100,
      maxConcurrent: 2,
    });
    expect(store.find('seed')).toMatchObject({ name: 'default', admin: true });
    expect(store.find('other')).toBeUndefined();
  });

  it("lets an entry with the server token's digest narrow it", () => {
    expect(open(write('keys.yaml', entry('narrow', 'seed'))).find('seed')).toMatchObject({ admin: false });
  });

  it('reads a file that was changed, or a link that was swapped, and keeps the keys when the new one is bad', async () => {
    const link = join(folder, 'keys.yaml');
    symlinkSync(write('one.yaml', entry('one', 'first')), link);
    const store = open(link);
    const swap = (target: string): void => {
      symlinkSync(target, join(folder, 'new'));
      renameSync(join(folder, 'new'), link);
    };
    swap(write('two.yaml', entry('two', 'second')));
    await vi.waitFor(() => expect(store.find('second')).toBeDefined());
    expect(store.find('first')).toBeUndefined();
    swap(write('bad.yaml', 'keys: [{ name: bad }]'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(store.find('second')).toMatchObject({ name: 'two' });
    swap(write('three.yaml', entry('three', 'third')));
    await vi.waitFor(() => expect(store.find('third')).toBeDefined());
  });

  it.each([
    ['nothing.yaml', undefined, /cannot be read/],
    ['yaml', 'keys: [', /not valid YAML/],
    ['no keys', 'keys: []', /at least one/],
    ['other keys', `${entry('a', 'b')}\nmore: 1`, /unknown key "more"/],
    ['a plain token', 'keys: [{ name: a, sha256: secret }]', /keys\[0\]: "sha256" must be/],
    ['an unknown field', entry('a', 'b', ', token: x'), /unknown key "token"/],
    ['a wrong limit', entry('a', 'b', ', rate_limit: 0'), /"rate_limit" must be/],
    ["the name of the server's own token", entry('default', 'other'), /name "default" is that of/],
    ['two of a name', `${entry('a', 'b').slice(0, -1)}, { name: a, sha256: ${tokenDigest('c')} }]`, /same name: a/],
  ])('refuses a file with %s', (name, content, message) => {
    const path = content === undefined ? join(folder, name) : write('keys.yaml', content);
    expect(() => open(path)).toThrow(message);
  });
});
