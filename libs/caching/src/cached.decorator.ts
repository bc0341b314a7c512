import { hash } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CacheStore } from './cache-store.js';

const STORE = Symbol('frontier:caching:store');

export interface CachedOptions<Args extends unknown[]> {
  ttlMs: number;
  /** What tells calls apart; default: the arguments, which then must be writable as JSON. */
  key?: (...args: Args) => string;
}

/**
 * Keeps what an async method of a provider returns, and returns it again for the same arguments; `undefined` and errors
 * are not kept. The provider's module must import `CachingModule`.
 */
export function Cached<Args extends unknown[], Result>({ ttlMs, key }: CachedOptions<Args>) {
  return (
    prototype: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: Args) => Promise<Result>>,
  ): void => {
    const method = descriptor.value!;
    const prefix = `${prototype.constructor.name}.${String(name)}:`;
    Inject(CacheStore)(prototype, STORE);
    descriptor.value = async function (this: { [STORE]: CacheStore }, ...args: Args): Promise<Result> {
      const place = { caller: '', key: prefix + (key ? key(...args) : hash('sha256', JSON.stringify(args))) };
      const kept = await this[STORE].get<Result>(place);
      if (kept !== undefined) return kept;
      const result = await method.apply(this, args);
      if (result !== undefined) await this[STORE].set(place, result, ttlMs);
      return result;
    } as (...args: Args) => Promise<Result>;
  };
}
