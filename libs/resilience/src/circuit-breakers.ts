import { Inject, Injectable } from '@nestjs/common';
import { Breaker } from './breaker.js';
import { type BreakerOptions, ResilienceModuleOptions } from './resilience.options.js';

/** The circuit breakers of the app, by name. */
@Injectable()
export class CircuitBreakers {
  private readonly byName = new Map<string, Breaker>();

  constructor(@Inject(ResilienceModuleOptions) private readonly defaults: ResilienceModuleOptions) {}

  /** The breaker of this name, made at its first use; options are those of that use. */
  get(name: string, options: BreakerOptions = {}): Breaker {
    let breaker = this.byName.get(name);
    if (!breaker) this.byName.set(name, (breaker = new Breaker(name, { ...this.defaults, ...options })));
    return breaker;
  }
}
