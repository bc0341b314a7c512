import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSeq, parseDocument } from 'yaml';
import { keyFileInvalid, keyNameTaken, noSuchKey } from './auth.errors.js';
import { tokenDigest } from './bearer-token.js';
import { parseKeyFile } from './key-file.js';
import type { Principal } from './principal.js';

/** The rights and limits of a key that is made. */
export type NewKey = Pick<Principal, 'name'> & Partial<Principal>;

const TOKEN_BYTES = 24;
/** Marks keys of this server, so that programs which look for secrets find them. */
const PREFIX = 'fk_';
const EMPTY =
  '# API keys: name and SHA-256 of each. `frontier keys` edits this file; servers read it again by themselves.\nkeys: []\n';
const LOCK_WAIT_MS = 5000;
const LOCK_RETRY_MS = 25;

/** The principals of a key file; none where there is no file. Throws as {@link parseKeyFile}. */
export function readKeys(path: string): Principal[] {
  if (!existsSync(path)) return [];
  return parseKeyFile(readFileSync(path, 'utf8'), path).map(([, principal]) => principal);
}

/**
 * Adds a key to a file, which is made where there is none. What else is in the file stays, comments too.
 * @returns the token, which is kept nowhere: the file has its SHA-256
 * @throws `key_file_invalid`, also of the limits that are given, and `key_exists`
 */
export async function addKey(path: string, key: NewKey): Promise<string> {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  const { name, admin, models, priority, rateLimit, tokensPerMinute, maxConcurrent } = key;
  const entry = {
    name,
    sha256: tokenDigest(token),
    ...(models && { models }),
    ...(priority && { priority }),
    ...(rateLimit && { rate_limit: rateLimit }),
    ...(tokensPerMinute && { tokens_per_minute: tokensPerMinute }),
    ...(maxConcurrent && { max_concurrent: maxConcurrent }),
    ...(admin && { admin }),
  };
  await edit(path, (text) => {
    if (parseKeyFile(text, path).some(([, principal]) => principal.name === name)) throw keyNameTaken(name, path);
    const document = parseDocument(text);
    const list = document.get('keys');
    if (!isSeq(list)) throw keyFileInvalid(`${path}: "keys" must be a list.`);
    // An empty list is written in brackets, and would stay so.
    list.flow = false;
    document.addIn(['keys'], entry);
    return String(document);
  });
  return token;
}

/**
 * Takes a key out of a file; servers refuse it within two seconds.
 * @throws `key_file_invalid`, `key_not_found`
 */
export async function revokeKey(path: string, name: string): Promise<void> {
  await edit(path, (text) => {
    const index = parseKeyFile(text, path).findIndex(([, principal]) => principal.name === name);
    if (index === -1) throw noSuchKey(name, path);
    const document = parseDocument(text);
    document.deleteIn(['keys', index]);
    return String(document);
  });
}

/** Changes a file while no other of these programs does; it is never seen half, and only its owner may read it. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  const place = existsSync(path) ? realpathSync(path) : path;
  const release = await lock(`${place}.lock`);
  try {
    const text = existsSync(place) ? await readFile(place, 'utf8') : EMPTY;
    const changed = change(text);
    // Never a file that servers would refuse.
    parseKeyFile(changed, path);
    const draft = `${place}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, 'wx', 0o600);
      await file.writeFile(changed);
      await file.sync();
      await file.close();
      await rename(draft, place);
    } finally {
      await rm(draft, { force: true });
    }
  } finally {
    await release();
  }
}

/** Waits for the lock file; one of a process that has ended is taken away. */
async function lock(path: string): Promise<() => Promise<void>> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) await rm(path, { force: true });
    else if (performance.now() > deadline) {
      throw keyFileInvalid(`${path} is held by another program. Remove it if none runs.`);
    } else await sleep(LOCK_RETRY_MS);
  }
}

function isAbandoned(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Empty: it is being written.
    if (pid === 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
