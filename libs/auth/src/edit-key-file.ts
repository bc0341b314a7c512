import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSeq, parseDocument } from 'yaml';
import { keyFileInUse, keyFileInvalid, keyNameTaken, noSuchKey } from './auth.errors.js';
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
/** Between the making of a lock file and the number in it. */
const LOCK_WRITE_MS = 1000;
/** No edit takes so long. */
const LOCK_MAX_MS = 60_000;
const NEW_FILE_MODE = 0o600;

/** The principals of a key file; none where there is no file, or an empty one. Throws as {@link parseKeyFile}. */
export function readKeys(path: string): Principal[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.trim() === '' ? [] : parseKeyFile(text, path).map(([, principal]) => principal);
}

/**
 * Adds a key to a file, which is made where there is none. What else is in the file stays, comments too.
 * @returns the token, which is kept nowhere: the file has its SHA-256
 * @throws `key_file_invalid`, also of the limits that are given, `key_file_in_use`, and `key_exists`
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
 * @throws `key_file_invalid`, `key_file_in_use`, `key_not_found`
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

/** Replaces a file as a whole, under a lock. Owner and mode are kept; only its owner can read a new file. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  const place = placeOf(path);
  if (!existsSync(dirname(place))) throw keyFileInvalid(`The folder of ${path} does not exist: make it first.`);
  const release = await lock(`${place}.lock`);
  try {
    const before = statSync(place, { throwIfNoEntry: false });
    const text = before ? await readFile(place, 'utf8') : '';
    const changed = change(text.trim() === '' ? EMPTY : text);
    // Never a file that servers would refuse.
    parseKeyFile(changed, path);
    const draft = `${place}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, 'wx', NEW_FILE_MODE);
      await file.writeFile(changed);
      if (before) await keepOwner(file, before, path);
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

/** The path behind a link, also behind one to a file that does not exist yet. */
function placeOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? resolve(dirname(path), readlinkSync(path)) : path;
}

/** Keeps owner and mode, so that a server of another user can still read the file. */
async function keepOwner(draft: FileHandle, { uid, gid, mode }: Stats, path: string): Promise<void> {
  const own = await draft.stat();
  try {
    if (own.uid !== uid || own.gid !== gid) await draft.chown(uid, gid);
    await draft.chmod(mode & 0o7777);
  } catch (error) {
    throw keyFileInvalid(
      `${path} belongs to another user or group, which this one cannot keep: run this as its owner.`,
      error,
    );
  }
}

/** Waits for the lock file, and removes that of an ended process. */
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
      throw keyFileInUse(path);
    } else await sleep(LOCK_RETRY_MS);
  }
}

function isAbandoned(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Being written, or left by a process that ended meanwhile.
    if (!(pid > 0)) return Date.now() - statSync(path).mtimeMs > LOCK_WRITE_MS;
    process.kill(pid, 0);
    // The system may have given the number to another process.
    return Date.now() - statSync(path).mtimeMs > LOCK_MAX_MS;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
