import type { Principal } from './principal.js';

/** Store of API keys. Bind another one with `AuthModule.forRoot({ keyStore })`. */
export interface KeyStore {
  /** The principal of a token; `undefined` where the token is unknown. */
  find(token: string): Principal | undefined | Promise<Principal | undefined>;
}

export const KeyStore = Symbol('KeyStore');
