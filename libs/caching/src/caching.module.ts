import { Module } from '@nestjs/common';
import { CacheStore } from './cache-store.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './caching.module-definition.js';
import { createCacheStore } from './caching.options.js';

/** Provides a {@link CacheStore}, which the decorator `@Cached()` uses. */
@Module({
  providers: [{ provide: CacheStore, useFactory: createCacheStore, inject: [MODULE_OPTIONS_TOKEN] }],
  exports: [CacheStore],
})
export class CachingModule extends ConfigurableModuleClass {}
