import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

  it('keep their mode, and where that can be their owner', async () => {
    writeFileSync(path, 'keys: []\n');
    chmodSync(path, 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(path, 1234, 1235);
    await addKey(path, { name: 'team' });
    const { mode, uid, gid } = statSync(path);
    expect(mode & 0o777).toBe(0o640);
    if (isRoot) expect([uid, gid]).toEqual([1234, 1235]);
  });

  it('are made where an empty one is, and behind a link to none', async () => {
    writeFileSync(path, '\n');
    expect(readKeys(path)).toEqual([]);
    await addKey(path, { name: 'team' });
    const link = join(folder, 'link.yaml');
    symlinkSync('other.yaml', link);
    await addKey(link, { name: 'team' });
    expect([lstatSync(link).isSymbolicLink(), existsSync(join(folder, 'other.yaml'))]).toEqual([true, true]);
    expect(readKeys(path).length).toBe(1);
    await expect(addKey(join(folder, 'none/keys.yaml'), { name: 'team' })).rejects.toThrow(
      /folder of .* does not exist/,
    );
  });

  it.each(['', String(process.pid)])('are taken over from a lock of long ago with %j in it', async (content) => {
    writeFileSync(`${path}.lock`, content);
    utimesSync(`${path}.lock`, 0, 0);
    await addKey(path, { name: 'team' });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('are taken over from a program that has ended with their lock', async () => {
    writeFileSync(`${path}.lock`, String(2 ** 22 + 1));
    await addKey(path, { name: 'team' });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('are left alone while another program holds their lock', async () => {
    writeFileSync(`${path}.lock`, String(process.pid));
    const now = vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(Infinity);
    await expect(addKey(path, { name: 'team' })).rejects.toMatchObject({ code: 'key_file_in_use' });
    now.mockRestore();
    expect([existsSync(path), existsSync(`${path}.lock`)]).toEqual([false, true]);
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
