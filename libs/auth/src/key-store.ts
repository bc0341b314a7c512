import type { ApiKey } from './api-key.js';

/** Where API keys are kept. Bind another one with `AuthModule.forRoot({ keyStore })`. */
export interface KeyStore {
  /** The key that a token stands for; `undefined` if there is none. */
  find(token: string): ApiKey | undefined | Promise<ApiKey | undefined>;
}

export const KeyStore = Symbol('KeyStore');
