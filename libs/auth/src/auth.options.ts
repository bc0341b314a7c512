import { ConfigurableModuleBuilder } from '@nestjs/common';
import { tokenDigest } from './bearer-token.js';
import { DigestKeyStore } from './digest-key.store.js';
import { FileKeyStore } from './file-key.store.js';
import type { KeyStore } from './key-store.js';

/** Options of {@link AuthModule}: the source of API keys. */
export interface AuthModuleOptions {
  /** A token that may do everything; its principal is named `default`. */
  token?: string;
  /** A YAML file of keys; an entry with the token's digest takes its place. */
  keysFile?: string;
  /** A key store of your own, instead of these. */
  keyStore?: KeyStore;
}

export const AuthModuleOptions = Symbol('AuthModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<AuthModuleOptions>({
  optionsInjectionToken: AuthModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** @throws `key_file_invalid` */
export function createKeyStore({ token, keysFile, keyStore }: AuthModuleOptions): KeyStore {
  if (keyStore) return keyStore;
  const others = token === undefined ? [] : ([[tokenDigest(token), { name: 'default', admin: true }]] as const);
  return keysFile === undefined ? new DigestKeyStore(others) : new FileKeyStore({ path: keysFile, others });
}
