import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenDigest } from './bearer-token.js';
import { addKey, readKeys, revokeKey } from './edit-key-file.js';
import { parseKeyFile } from './key-file.js';

describe('key files', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-keys-'));
    path = join(folder, 'keys.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are made with the SHA-256 of a key, and for their owner alone', async () => {
    const token = await addKey(path, { name: 'team', models: ['storyteller'], rateLimit: 100, admin: true });
    expect(token).toMatch(/^fk_[\w-]{32}$/);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(token);
    expect(parseKeyFile(text, path)).toEqual([
      [
        tokenDigest(token),
        expect.objectContaining({ name: 'team', models: ['storyteller'], rateLimit: 100, admin: true }),
      ],
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.yaml']);
  });

  it('keep what else is in them', async () => {
    writeFileSync(path, `# ours\nkeys:\n  - name: old # the first\n    sha256: ${'a'.repeat(64)}\n`);
    await addKey(path, { name: 'new' });
    expect(readFileSync(path, 'utf8')).toMatch(/^# ours\nkeys:\n {2}- name: old # the first\n/);
    await revokeKey(path, 'old');
    expect(readKeys(path).map(({ name }) => name)).toEqual(['new']);
  });

  it('lose no key of many that are added at once', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    await Promise.all(names.map((name) => addKey(path, { name })));
    expect(
      readKeys(path)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names.toSorted());
  });

  it('are taken over from a program that has ended with their lock', async () => {
    writeFileSync(`${path}.lock`, String(2 ** 22 + 1));
    await addKey(path, { name: 'team' });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a name that is taken', () => addKey(path, { name: 'team' }), 'key_exists'],
    ['a name that is not there', () => revokeKey(path, 'other'), 'key_not_found'],
    ['a limit that is none', () => addKey(path, { name: 'x', rateLimit: -1 }), 'key_file_invalid'],
  ])('stay as they are with %s', async (_, change, code) => {
    await addKey(path, { name: 'team' });
    const before = readFileSync(path, 'utf8');
    await expect(change()).rejects.toMatchObject({ code });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
