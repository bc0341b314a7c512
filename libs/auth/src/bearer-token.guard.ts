import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS, type Access } from './access.decorators.js';
import type { ApiKey } from './api-key.js';
import { forbidden, unauthorized } from './auth.errors.js';
import { bearerToken } from './bearer-token.js';
import { setCaller } from './caller.js';
import { KeyStore } from './key-store.js';

/**
 * Lets only callers with a known token pass, and tells who they are (`@Caller()`). `@Public()` opens a route, `@Admin()`
 * closes it to keys without that flag. Denies by default.
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
    const token = bearerToken(this.authorization(context));
    if (token === undefined) throw unauthorized();
    const key = this.keys.find(token);
    return key instanceof Promise
      ? key.then((found) => this.admit(context, access, found))
      : this.admit(context, access, key);
  }

  protected authorization(context: ExecutionContext): string | undefined {
    return context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers.authorization;
  }

  private admit(context: ExecutionContext, access: Access, key: ApiKey | undefined): true {
    if (!key) throw unauthorized();
    if (access === 'admin' && !key.admin) throw forbidden('use admin routes');
    setCaller(context.switchToHttp().getRequest(), key);
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
