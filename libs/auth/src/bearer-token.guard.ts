import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { unauthorized } from './auth.errors.js';
import { MODULE_OPTIONS_TOKEN } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { bearerToken, digest, digestsEqual } from './bearer-token.js';
import { IS_PUBLIC } from './public.decorator.js';

/** Lets only callers with the token pass; routes that are marked `@Public()` are open. Denies by default. */
@Injectable()
export class BearerTokenGuard implements CanActivate {
  private readonly publicHandlers = new WeakMap<object, boolean>();

  private readonly tokenDigest: Buffer;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { token }: AuthModuleOptions,
    private readonly reflector: Reflector,
  ) {
    this.tokenDigest = digest(token);
  }

  /** @throws `unauthorized` */
  canActivate(context: ExecutionContext): boolean {
    if (this.isPublic(context)) return true;
    const token = bearerToken(this.authorization(context));
    if (token === undefined || !digestsEqual(digest(token), this.tokenDigest)) throw unauthorized();
    return true;
  }

  protected authorization(context: ExecutionContext): string | undefined {
    return context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers.authorization;
  }

  /** Metadata is read once per handler. */
  protected isPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let open = this.publicHandlers.get(handler);
    if (open === undefined) {
      open = this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [handler, context.getClass()]) ?? false;
      this.publicHandlers.set(handler, open);
    }
    return open;
  }
}
