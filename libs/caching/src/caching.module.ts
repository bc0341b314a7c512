import { Module } from '@nestjs/common';
import { CacheStore } from './cache-store.js';
import { CachingModuleOptions, ConfigurableModuleClass, createCacheStore } from './caching.options.js';

/** Provides a {@link CacheStore}, which the decorator `@Cached()` uses. */
@Module({
  providers: [{ provide: CacheStore, useFactory: createCacheStore, inject: [CachingModuleOptions] }],
  exports: [CacheStore],
})
export class CachingModule extends ConfigurableModuleClass {}
