import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { BearerTokenGuard } from './bearer-token.guard.js';
import { Public } from './public.decorator.js';

class Routes {
  @Public()
  open(): void {}
  closed(): void {}
}

function call(handler: 'open' | 'closed', authorization?: string): boolean {
  const guard = new BearerTokenGuard({ token: 'secret' }, new Reflector());
  return guard.canActivate({
    getHandler: () => Routes.prototype[handler],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => ({ headers: { authorization } }) }),
  } as unknown as ExecutionContext);
}

describe(BearerTokenGuard.name, () => {
  it('lets the token pass, whatever the case of the scheme', () => {
    expect(call('closed', 'Bearer secret')).toBe(true);
    expect(call('closed', 'bearer  secret ')).toBe(true);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer secre', 'Bearer secrets', 'Basic secret', 'secret'])(
    'refuses %s',
    (header) => {
      expect(() => call('closed', header)).toThrow(expect.objectContaining({ code: 'unauthorized', status: 401 }));
    },
  );

  it('opens only what is marked as public', () => {
    expect(call('open')).toBe(true);
  });
});
