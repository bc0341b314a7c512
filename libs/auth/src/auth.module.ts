import { Module } from '@nestjs/common';
import { AuthModuleOptions, ConfigurableModuleClass, createKeyStore } from './auth.options.js';
import { BearerTokenGuard } from './bearer-token.guard.js';
import { KeyStore } from './key-store.js';

/** Provides {@link BearerTokenGuard}; bind it with `APP_GUARD` to close every route that is not `@Public()`. */
@Module({
  providers: [BearerTokenGuard, { provide: KeyStore, useFactory: createKeyStore, inject: [AuthModuleOptions] }],
  exports: [BearerTokenGuard, KeyStore],
})
export class AuthModule extends ConfigurableModuleClass {}
