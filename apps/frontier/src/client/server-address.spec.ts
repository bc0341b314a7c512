import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressOf, checkedKey, keyOf } from './server-address.js';

const LOCAL = 'http://127.0.0.1:8080';

describe(addressOf, () => {
  it.each([
    [undefined, {}, LOCAL],
    [undefined, { FRONTIER_URL: 'https://a.example/below/' }, 'https://a.example/below'],
    ['http://localhost:9/', { FRONTIER_URL: 'https://a.example' }, 'http://localhost:9'],
  ])('of --url %s and %j is %s', (given, env, expected) => {
    expect(addressOf(given, env)).toBe(expected);
  });

  it.each(['ftp://a', 'a', 'http://a/?b', 'https://user:hunter2@a', 'hunter2@a', 'x://user:hunter2@a'])(
    'refuses %s, and quotes no password',
    (url) => {
      const refuse = (): string => addressOf(url, {});
      expect(refuse).toThrow(/^--url /);
      expect(refuse).not.toThrow(/hunter2/);
      expect(() => addressOf(undefined, { FRONTIER_URL: url })).toThrow(/^FRONTIER_URL /);
    },
  );
});

describe(keyOf, () => {
  it.each([
    [LOCAL, { TRUTHGPT_API_TOKEN: 'token' }, 'token'],
    ['http://[::1]:8080', { TRUTHGPT_API_TOKEN: 'token' }, 'token'],
    ['http://127.1:8080', { TRUTHGPT_API_TOKEN: 'token' }, 'token'],
    ['https://a.example', { TRUTHGPT_API_TOKEN: 'token' }, 'changeme'],
    ['https://127.0.0.1.a.example', { TRUTHGPT_API_TOKEN: 'token' }, 'changeme'],
    ['https://a.example', { TRUTHGPT_API_TOKEN: 'token', FRONTIER_KEY: 'key' }, 'key'],
  ])('for %s and %j is %s', (url, env, expected) => {
    expect(keyOf(undefined, env, url)).toBe(expected);
  });

  it('is that of a file, of which an error says nothing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-key-'));
    const file = join(folder, 'key');
    writeFileSync(file, ' of file\n');
    expect(keyOf(file, { FRONTIER_KEY: 'key' }, LOCAL)).toBe('of file');
    writeFileSync(file, 'hunter2\nhunter3\n');
    expect(() => keyOf(file, {}, LOCAL)).toThrow(`the key in --key-file ${file} must be one line of ASCII characters.`);
    expect(() => keyOf(join(folder, 'none'), {}, LOCAL)).toThrow('cannot be read');
    rmSync(folder, { recursive: true });
  });

  it.each(['', 'a\nb', 'ключ', 'a\u0000'])('is never %j', (key) => {
    expect(() => checkedKey(key, 'it')).toThrow('it must be one line');
  });
});
