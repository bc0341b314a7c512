import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS, type Access } from './access.decorators.js';
import { forbidden, unauthorized } from './auth.errors.js';
import { requestToken } from './bearer-token.js';
import { KeyStore } from './key-store.js';
import { type Principal, setPrincipal } from './principal.js';

/**
 * Authentication by bearer token or, as Anthropic's clients send it, `X-Api-Key`; on Fastify and Express; denies by default. `@Public()` opens a route, `@Admin()` closes it to
 * keys without that flag, `@CurrentPrincipal()` injects the caller.
 */
@Injectable()
export class BearerTokenGuard implements CanActivate {
  private readonly accessOf = new WeakMap<object, Map<unknown, Access>>();

  constructor(
    @Inject(KeyStore) private readonly keys: KeyStore,
    private readonly reflector: Reflector,
  ) {}

  /** @throws `unauthorized`, `forbidden` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.access(context);
    if (access === 'public') return true;
    const token = requestToken(this.authorization(context), this.apiKey(context));
    if (token === undefined) throw unauthorized();
    const principal = this.keys.find(token);
    return principal instanceof Promise
      ? principal.then((found) => this.admit(context, access, found))
      : this.admit(context, access, principal);
  }

  /** The `Authorization` header; override it for other transports. */
  protected authorization(context: ExecutionContext): string | undefined {
    return context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers.authorization;
  }

  /** The `X-Api-Key` header, which counts where there is no bearer token; override it for other transports. */
  protected apiKey(context: ExecutionContext): string | undefined {
    return context.switchToHttp().getRequest<{ headers: { 'x-api-key'?: string } }>().headers['x-api-key'];
  }

  private admit(context: ExecutionContext, access: Access, principal: Principal | undefined): true {
    if (!principal) throw unauthorized();
    if (access === 'admin' && !principal.admin) throw forbidden('use admin routes');
    setPrincipal(context.switchToHttp().getRequest(), principal);
    return true;
  }

  /** Metadata is read once per route; controllers may inherit one handler. */
  private access(context: ExecutionContext): Access {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    let byHandler = this.accessOf.get(controller);
    if (!byHandler) this.accessOf.set(controller, (byHandler = new Map()));
    let access = byHandler.get(handler);
    if (!access) {
      access = this.reflector.getAllAndOverride<Access>(ACCESS, [handler, controller]) ?? 'keys';
      byHandler.set(handler, access);
    }
    return access;
  }
}
