import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import type { ApiKey } from './api-key.js';
import { keyFileInvalid } from './auth.errors.js';
import { DigestKeyStore } from './digest-key.store.js';
import { parseKeyFile } from './key-file.js';
import type { KeyStore } from './key-store.js';

export interface FileKeyStoreOptions {
  /** The file; see {@link parseKeyFile}. */
  path: string;
  /** Keys beside those of the file, which come first. */
  others?: readonly (readonly [digest: string, key: ApiKey])[];
  /** How often the file is looked at; default 1,000. */
  pollMs?: number;
}

const DEFAULT_POLL_MS = 1000;

/**
 * Keys of a file, read again when its content changes, also where it is a mounted secret that is swapped as a whole: that
 * is why it is polled. A change that cannot be used is logged, and the keys stay as they were.
 */
export class FileKeyStore implements KeyStore, OnModuleDestroy {
  private readonly logger = new Logger('Keys');
  private readonly timer: NodeJS.Timeout;
  private text: string;
  private keys: DigestKeyStore;

  /** @throws `key_file_invalid` */
  constructor(private readonly options: FileKeyStoreOptions) {
    const { path, pollMs = DEFAULT_POLL_MS } = options;
    try {
      this.text = readFileSync(path, 'utf8');
    } catch (error) {
      throw keyFileInvalid(`${path} cannot be read: ${messageOf(error)}`, error);
    }
    this.keys = this.parse(this.text);
    this.timer = setInterval(() => void this.poll(), pollMs).unref();
  }

  find(token: string): ApiKey | undefined {
    return this.keys.find(token);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async poll(): Promise<void> {
    const { path } = this.options;
    // A file that is gone for a moment is being replaced.
    const text = await readFile(path, 'utf8').catch(() => this.text);
    if (text === this.text) return;
    this.text = text;
    try {
      this.keys = this.parse(text);
      this.logger.log(`Read ${path} again.`);
    } catch (error) {
      this.logger.error(`The keys stay as they were. ${messageOf(error)}`);
    }
  }

  private parse(text: string): DigestKeyStore {
    const { path, others = [] } = this.options;
    const keys = parseKeyFile(text, path);
    for (const [digest, { name }] of keys) {
      // One name is one caller: answers of the one would go to the other.
      if (others.some(([known, key]) => key.name === name && known !== digest)) {
        throw keyFileInvalid(`${path}: the name "${name}" is that of the server's own token; take another.`);
      }
    }
    return new DigestKeyStore([...others, ...keys]);
  }
}
