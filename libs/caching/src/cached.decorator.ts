import { hash } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CacheStore } from './cache-store.js';

const STORE = Symbol('frontier:caching:store');

/** Options of {@link Cached}. */
export interface CachedOptions<Args extends unknown[]> {
  ttlMs: number;
  /** Key of a call; default: a digest of its arguments, which then must be plain JSON. */
  key?: (...args: Args) => string;
}

/**
 * Caches the result of an async method of a provider by its arguments; `undefined` and errors are not cached. The provider's module must import `CachingModule`.
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
      const cached = await this[STORE].get<Result>(place);
      if (cached !== undefined) return cached;
      const result = await method.apply(this, args);
      if (result !== undefined) await this[STORE].set(place, result, ttlMs);
      return result;
    } as (...args: Args) => Promise<Result>;
  };
}
