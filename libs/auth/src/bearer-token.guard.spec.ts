import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { Admin, Public } from './access.decorators.js';
import { tokenDigest } from './bearer-token.js';
import { BearerTokenGuard } from './bearer-token.guard.js';
import { DigestKeyStore } from './digest-key.store.js';
import type { KeyStore } from './key-store.js';
import { type Principal, principalOf } from './principal.js';

class Routes {
  @Public()
  open(): void {}
  closed(): void {}
  @Admin()
  admin(): void {}
}

@Public()
class Open {
  inherited(): void {}
}
class Closed extends Open {}
Reflect.defineMetadata('frontier:auth:access', 'keys', Closed);

const keys = new DigestKeyStore([
  [tokenDigest('secret'), { name: 'team', admin: false }],
  [tokenDigest('root'), { name: 'operator', admin: true }],
]);

function call(
  handler: keyof Routes,
  headers: string | { authorization?: string; 'x-api-key'?: string } = {},
  store: KeyStore = keys,
): { passed: boolean | Promise<boolean>; principal: () => Principal | undefined } {
  const request = { headers: typeof headers === 'string' ? { authorization: headers } : headers };
  const passed = new BearerTokenGuard(store, new Reflector()).canActivate({
    getHandler: () => Routes.prototype[handler],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext);
  return { passed, principal: () => principalOf(request) };
}

describe(BearerTokenGuard.name, () => {
  it('lets the token pass, whatever the case of the scheme, and tells whose it is', () => {
    for (const header of ['Bearer secret', 'bearer  secret ']) {
      const { passed, principal } = call('closed', header);
      expect([passed, principal()?.name]).toEqual([true, 'team']);
    }
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer secre', 'Bearer secrets', 'Basic secret', 'secret'])(
    'refuses %s',
    (header) => {
      expect(() => call('closed', header)).toThrow(expect.objectContaining({ code: 'unauthorized', status: 401 }));
    },
  );

  it('takes the token of X-Api-Key where there is no bearer token, and no other part of it', () => {
    const { passed, principal } = call('closed', { 'x-api-key': 'secret' });
    expect([passed, principal()?.name]).toEqual([true, 'team']);
    expect(call('closed', { authorization: 'Basic x', 'x-api-key': 'secret' }).passed).toBe(true);
    for (const headers of [
      { 'x-api-key': 'wrong' },
      { 'x-api-key': '' },
      { 'x-api-key': 'secret, secret' },
      { 'x-api-key': 'Bearer secret' },
      { authorization: 'Bearer wrong', 'x-api-key': 'secret' },
    ]) {
      expect(() => call('closed', headers)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
    }
  });

  it('opens only what is marked as public', () => {
    const { passed, principal } = call('open');
    expect([passed, principal()]).toEqual([true, undefined]);
  });

  it('tells controllers apart that inherit a handler', () => {
    const guard = new BearerTokenGuard(keys, new Reflector());
    const callOn = (controller: unknown): unknown =>
      guard.canActivate({
        getHandler: () => Open.prototype.inherited,
        getClass: () => controller,
        switchToHttp: () => ({ getRequest: () => ({ headers: {} }) }),
      } as unknown as ExecutionContext);
    expect(callOn(Open)).toBe(true);
    expect(() => callOn(Closed)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it('opens admin routes to admin keys only', () => {
    expect(call('admin', 'Bearer root').passed).toBe(true);
    expect(() => call('admin', 'Bearer secret')).toThrow(expect.objectContaining({ code: 'forbidden', status: 403 }));
    expect(() => call('admin')).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it('waits for key stores that are asynchronous', async () => {
    const slow: KeyStore = { find: (token) => Promise.resolve(keys.find(token)) };
    const { passed, principal } = call('closed', 'Bearer secret', slow);
    expect([await passed, principal()?.name]).toEqual([true, 'team']);
    await expect(call('closed', 'Bearer wrong', slow).passed).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
