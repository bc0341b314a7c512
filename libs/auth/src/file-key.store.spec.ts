import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileKeyStore } from './file-key.store.js';
import { tokenDigest } from './bearer-token.js';

/** Options of waits: the speed of the machine is no subject here. */
const PATIENT = { timeout: 15_000 };

const POLL_MS = 5;
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
  const store = new FileKeyStore({ path, others, pollMs: POLL_MS });
  onTestFinished(() => store.onModuleDestroy());
  return store;
}

const polls = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * POLL_MS));

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
    await vi.waitFor(() => expect(store.find('second')).toBeDefined(), PATIENT);
    expect(store.find('first')).toBeUndefined();
    swap(write('bad.yaml', 'keys: [{ name: bad }]'));
    await polls(10);
    expect(store.find('second')).toMatchObject({ name: 'two' });
    swap(write('three.yaml', entry('three', 'third')));
    await vi.waitFor(() => expect(store.find('third')).toBeDefined(), PATIENT);
  });

  it('revokes all keys at once by an empty list, and those of a file that stays away, but not of one that is replaced', async () => {
    const errors: string[] = [];
    Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (message: string) => errors.push(message) });
    const path = write('keys.yaml', entry('one', 'first'));
    const store = open(path);
    rmSync(path);
    await polls(2);
    write('keys.yaml', entry('one', 'first'));
    await polls(10);
    expect([store.find('first')?.name, errors]).toEqual(['one', []]);
    write('keys.yaml', 'keys: []');
    await vi.waitFor(() => expect(store.find('first')).toBeUndefined(), PATIENT);
    expect(store.find('seed')).toMatchObject({ name: 'default', admin: true });
    write('keys.yaml', entry('one', 'first'));
    await vi.waitFor(() => expect(store.find('first')).toBeDefined(), PATIENT);
    rmSync(path);
    await vi.waitFor(() => expect(store.find('first')).toBeUndefined(), PATIENT);
    expect(errors).toEqual([expect.stringMatching(/keys.yaml is gone: its 1 keys are revoked/)]);
    write('keys.yaml', entry('one', 'first'));
    await vi.waitFor(() => expect(store.find('first')).toBeDefined(), PATIENT);
  });

  it("does not widen the server's own token that it limited when it is gone", async () => {
    const path = write('keys.yaml', entry('narrow', 'seed'));
    const store = open(path);
    rmSync(path);
    await vi.waitFor(() => expect(store.find('seed')).toBeUndefined(), PATIENT);
  });

  it('keeps the keys while the file cannot be read', async () => {
    const path = write('keys.yaml', entry('one', 'first'));
    const store = open(path);
    rmSync(path);
    mkdirSync(path);
    await polls(20);
    expect(store.find('first')).toBeDefined();
  });

  it('quotes nothing of a file that it does not take', async () => {
    const messages: string[] = [];
    const log = (message: unknown, ...rest: unknown[]): void => void messages.push([message, ...rest].join(' '));
    Logger.overrideLogger({ log, warn: log, error: log });
    const path = write('keys.yaml', entry('one', 'first'));
    const store = open(path);
    for (const bad of [
      'keys: [{ name: SECRET',
      'SECRET: 1',
      `keys: [{ SECRET: x }]`,
      'keys: SECRET',
      '- SECRET\n\t: x',
      '*SECRET',
    ]) {
      write('keys.yaml', bad);
      await polls(8);
      expect(`${bad}: ${messages.at(-1)}`).toMatch(/: The keys stay as they were/);
    }
    expect(store.find('first')).toBeDefined();
    expect(messages.join('\n')).not.toContain('SECRET');
  });

  it('names all problems of a file at once', () => {
    const path = write('keys.yaml', 'keys: [{ name: a, sha256: x, admin: maybe }, 7, { nmae: b }]');
    expect(() => open(path)).toThrow(
      [
        `${path}: keys[0]: "sha256" must be the SHA-256 of the token, 64 hexadecimal digits.`,
        `${path}: keys[0]: "admin" must be true or false.`,
        `${path}: keys[1]: must be a mapping.`,
        `${path}: keys[2]: "name" must be a text.`,
        `${path}: keys[2]: "sha256" must be the SHA-256 of the token, 64 hexadecimal digits.`,
        `${path}: keys[2]: has an unknown key (did you mean "name"?); known are name, sha256, admin, models, priority, rate_limit, tokens_per_minute, max_concurrent.`,
      ].join('\n'),
    );
  });

  it.each([
    ['nothing.yaml', undefined, /cannot be read/],
    ['yaml', 'keys: [', /not valid YAML/],
    ['no list', 'keys:', /must be a list/],
    ['other keys', `${entry('a', 'b')}\nmore: 1`, /unknown key; known are keys/],
    ['a plain token', 'keys: [{ name: a, sha256: secret }]', /keys\[0\]: "sha256" must be/],
    ['an unknown field', entry('a', 'b', ', token: x'), /keys\[0\]: has an unknown key; known/],
    ['a misspelt field', entry('a', 'b', ', modles: [x]'), /did you mean "models"/],
    ['a wrong limit', entry('a', 'b', ', rate_limit: 0'), /"rate_limit" must be/],
    ["the name of the server's own token", entry('default', 'other'), /name "default" is that of/],
    [
      'two of a name',
      `${entry('a', 'b').slice(0, -1)}, { name: a, sha256: ${tokenDigest('c')} }]`,
      /keys\[0\] and keys\[1\] have the same name/,
    ],
  ])('refuses a file with %s', (name, content, message) => {
    const path = content === undefined ? join(folder, name) : write('keys.yaml', content);
    expect(() => open(path)).toThrow(message);
  });
});
