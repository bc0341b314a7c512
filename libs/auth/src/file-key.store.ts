import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import { keyFileInvalid } from './auth.errors.js';
import { DigestKeyStore } from './digest-key.store.js';
import { parseKeyFile } from './key-file.js';
import type { KeyStore } from './key-store.js';
import type { Principal } from './principal.js';
import { SettledContent } from './settled-content.js';

/** Options of {@link FileKeyStore}. */
export interface FileKeyStoreOptions {
  /** The file; see {@link parseKeyFile}. */
  path: string;
  /** Principals beside those of the file, which come first. */
  others?: readonly (readonly [digest: string, principal: Principal])[];
  /** Time between two looks at the file; default 1,000. */
  pollMs?: number;
}

const DEFAULT_POLL_MS = 1000;
/** A file that was changed less than this before the start may not be written to its end. */
const RECENT_MS = 2000;
const SETTLE_MS = 50;
const MAX_SETTLE_READS = 100;

/**
 * Key store on a file, read again when its content changes. The file is polled, since it may be a mounted secret that is swapped
 * as a whole. A content counts once two reads in a row found it: half a file could leave out what limits a key. One that
 * cannot be used is logged, and the keys stay as they were; a file that stays away takes its keys with it.
 */
export class FileKeyStore implements KeyStore, OnModuleDestroy {
  private readonly logger = new Logger('Keys');
  private readonly timer: NodeJS.Timeout;
  private readonly content: SettledContent;
  private keys: DigestKeyStore;
  /** Digests of the file's keys. */
  private digests: ReadonlySet<string>;
  private isPolling = false;
  private readFault: string | undefined;

  /** @throws `key_file_invalid` */
  constructor(private readonly options: FileKeyStoreOptions) {
    const { path, pollMs = DEFAULT_POLL_MS } = options;
    let text: string;
    try {
      text = readSettled(path);
    } catch (error) {
      throw keyFileInvalid(`${path} cannot be read: ${messageOf(error)}`, error);
    }
    this.content = new SettledContent(text);
    [this.keys, this.digests] = this.parse(text);
    this.timer = setInterval(() => void this.poll(), pollMs).unref();
  }

  find(token: string): Principal | undefined {
    return this.keys.find(token);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async poll(): Promise<void> {
    if (this.isPolling) return;
    this.isPolling = true;
    try {
      const text = await this.read();
      if (this.content.next(text)) this.apply(text);
    } catch (error) {
      // For instance no file descriptor is left, which callers can bring about: it says nothing of the keys.
      this.reportReadFault(messageOf(error));
    } finally {
      this.isPolling = false;
    }
  }

  /** The content; `undefined` if the file is not there. */
  private async read(): Promise<string | undefined> {
    try {
      const text = await readFile(this.options.path, 'utf8');
      this.readFault = undefined;
      return text;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  private apply(text: string | undefined): void {
    const { path, others = [] } = this.options;
    if (text === undefined) {
      // A token of the server's own that the file limited must not come out of it with all rights.
      this.keys = new DigestKeyStore(others.filter(([digest]) => !this.digests.has(digest)));
      this.logger.error(`${path} is gone: its ${this.digests.size} keys are revoked until it is there again.`);
      return;
    }
    try {
      [this.keys, this.digests] = this.parse(text);
      this.logger.log(`Read ${path} again: ${this.digests.size} keys.`);
    } catch (error) {
      this.logger.error(`The keys stay as they were. ${messageOf(error)}`);
    }
  }

  private reportReadFault(message: string): void {
    if (message !== this.readFault) this.logger.error(`The keys stay as they were. ${message}`);
    this.readFault = message;
  }

  private parse(text: string): [keys: DigestKeyStore, digests: Set<string>] {
    const { path, others = [] } = this.options;
    const keys = parseKeyFile(text, path);
    for (const [digest, { name }] of keys) {
      // One name is one caller: answers of the one would go to the other.
      if (others.some(([known, other]) => other.name === name && known !== digest)) {
        throw keyFileInvalid(`${path}: the name "${name}" is that of the server's own token; take another.`);
      }
    }
    return [new DigestKeyStore([...others, ...keys]), new Set(keys.map(([digest]) => digest))];
  }
}

/** Reads a file until two reads agree, where it was changed just now. It blocks: the server does not serve yet. */
function readSettled(path: string): string {
  let text = readFileSync(path, 'utf8');
  if (Date.now() - statSync(path).mtimeMs > RECENT_MS) return text;
  for (let reads = 0; reads < MAX_SETTLE_READS; reads++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
    const again = readFileSync(path, 'utf8');
    if (again === text) return text;
    text = again;
  }
  throw new Error('it changes all the time');
}
