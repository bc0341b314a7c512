import type { KeyStore, Principal } from '@frontier/auth';

/** Keys of the team; a real store would ask a database. */
export class TeamKeyStore implements KeyStore {
  private readonly principals = new Map<string, Principal>([
    ['writer-token', { name: 'writer', admin: false }],
    ['reader-token', { name: 'reader', admin: false, rateLimit: 2 }],
  ]);

  find(token: string): Principal | undefined {
    return this.principals.get(token);
  }
}
