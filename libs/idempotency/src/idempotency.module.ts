import { Module } from '@nestjs/common';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './idempotency.module-definition.js';
import { createIdempotencyStore } from './idempotency.options.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyStore } from './idempotency-store.js';

/** Provides {@link IdempotencyService}. */
@Module({
  providers: [
    { provide: IdempotencyStore, useFactory: createIdempotencyStore, inject: [MODULE_OPTIONS_TOKEN] },
    IdempotencyService,
  ],
  exports: [IdempotencyService, IdempotencyStore],
})
export class IdempotencyModule extends ConfigurableModuleClass {}
