import type { Generation } from '@frontier/batching';

/** Generations that are under way, by the identity of their request: who asks for the same follows the same. */
export class SharedGenerations {
  private readonly byKey = new Map<string, Generation>();

  get(key: string): Generation | undefined {
    return this.byKey.get(key);
  }

  /** Shares a generation until it has ended. */
  share(key: string, generation: Generation): void {
    this.byKey.set(key, generation);
    generation.onEnd(() => {
      if (this.byKey.get(key) === generation) this.byKey.delete(key);
    });
  }
}
