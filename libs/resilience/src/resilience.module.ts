import { Module } from '@nestjs/common';
import { CircuitBreakers } from './circuit-breakers.js';
import { ConfigurableModuleClass } from './resilience.options.js';

/** Provides {@link CircuitBreakers}, which the decorator `@CircuitBreaker('name')` uses. */
@Module({ providers: [CircuitBreakers], exports: [CircuitBreakers] })
export class ResilienceModule extends ConfigurableModuleClass {}
