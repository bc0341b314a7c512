import { Inject } from '@nestjs/common';
import { CircuitBreakers } from './circuit-breakers.js';
import type { BreakerOptions } from './resilience.options.js';

const BREAKERS = Symbol('frontier:resilience:breakers');

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Guards an async method of a provider with the circuit breaker of this name; methods may share one. The provider's
 * module must import `ResilienceModule`.
 * @throws `circuit_open` from the method while the breaker is open
 */
export function CircuitBreaker(name: string, options?: BreakerOptions) {
  return <M extends AsyncMethod>(
    prototype: object,
    _: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const method = descriptor.value!;
    Inject(CircuitBreakers)(prototype, BREAKERS);
    descriptor.value = function (this: { [BREAKERS]: CircuitBreakers }, ...args: never[]) {
      return this[BREAKERS].get(name, options).execute(() => method.apply(this, args));
    } as M;
  };
}
