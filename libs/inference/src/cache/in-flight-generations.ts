import type { Generation } from '@frontier/batching';
import type { RequestIdentity } from '../request/request-identity.js';

/** Running generations of greedy or seeded requests, which equal requests share. */
export class InFlightGenerations {
  private readonly byKey = new Map<string, Generation>();

  /** The generation that computes the answer to an equal request. */
  find({ key }: RequestIdentity): Generation | undefined {
    return this.byKey.get(key);
  }

  /** Shares a generation until it ends. */
  add({ key }: RequestIdentity, generation: Generation): void {
    this.byKey.set(key, generation);
    generation.onEnd(() => {
      if (this.byKey.get(key) === generation) this.byKey.delete(key);
    });
  }
}
