export { unauthorized } from './auth.errors.js';
export type { AuthModuleOptions } from './auth.module-definition.js';
export { AuthModule } from './auth.module.js';
export { BearerTokenGuard } from './bearer-token.guard.js';
export { bearerToken, secretsEqual } from './bearer-token.js';
export { Public } from './public.decorator.js';
