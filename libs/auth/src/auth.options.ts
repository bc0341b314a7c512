import { DigestKeyStore } from './digest-key.store.js';
import { FileKeyStore } from './file-key.store.js';
import type { KeyStore } from './key-store.js';
import { tokenDigest } from './token-digest.js';

/** Where {@link AuthModule} finds the keys of callers. */
export interface AuthModuleOptions {
  /** A token that may do everything; its key is named `default`. */
  token?: string;
  /** A YAML file of keys; one with the token's digest takes its place. */
  keysFile?: string;
  /** Keys of your own, instead of these. */
  keyStore?: KeyStore;
}

/** @throws `key_file_invalid` */
export function createKeyStore({ token, keysFile, keyStore }: AuthModuleOptions): KeyStore {
  if (keyStore) return keyStore;
  const others = token === undefined ? [] : ([[tokenDigest(token), { name: 'default', admin: true }]] as const);
  return keysFile === undefined ? new DigestKeyStore(others) : new FileKeyStore({ path: keysFile, others });
}
