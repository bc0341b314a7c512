import { Module } from '@nestjs/common';
import { ConfigurableModuleClass, createIdempotencyStore, IdempotencyModuleOptions } from './idempotency.options.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyStore } from './idempotency-store.js';

/** Provides {@link IdempotencyService}. */
@Module({
  providers: [
    { provide: IdempotencyStore, useFactory: createIdempotencyStore, inject: [IdempotencyModuleOptions] },
    IdempotencyService,
  ],
  exports: [IdempotencyService, IdempotencyStore],
})
export class IdempotencyModule extends ConfigurableModuleClass {}
