import type { Generation } from '@frontier/batching';
import type { RequestIdentity } from '../request/request-identity.js';

/** Running generations whose answer is always the same, which equal requests share. */
export class InFlightGenerations<E> {
  private readonly byKey = new Map<string, Generation<E>>();

  /** The generation that computes the answer to an equal request. */
  find({ key }: RequestIdentity): Generation<E> | undefined {
    return this.byKey.get(key);
  }

  /** Shares a generation until it ends. */
  add({ key }: RequestIdentity, generation: Generation<E>): void {
    this.byKey.set(key, generation);
    generation.onEnd(() => {
      if (this.byKey.get(key) === generation) this.byKey.delete(key);
    });
  }
}
