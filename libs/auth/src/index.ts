export { unauthorized } from './auth.errors.js';
export type { AuthModuleOptions } from './auth.options.js';
export { AuthModule } from './auth.module.js';
export { BearerTokenGuard } from './bearer-token.guard.js';
export { Public } from './public.decorator.js';
