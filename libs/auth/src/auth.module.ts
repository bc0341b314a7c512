import { Module } from '@nestjs/common';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './auth.module-definition.js';
import { BearerTokenGuard } from './bearer-token.guard.js';

/** Provides {@link BearerTokenGuard}; bind it with `APP_GUARD` to close every route that is not `@Public()`. */
@Module({ providers: [BearerTokenGuard], exports: [BearerTokenGuard, MODULE_OPTIONS_TOKEN] })
export class AuthModule extends ConfigurableModuleClass {}
