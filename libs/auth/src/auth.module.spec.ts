import 'reflect-metadata';
import { Controller, Get, type INestApplication, UseGuards } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Admin, Public } from './access.decorators.js';
import { AuthModule } from './auth.module.js';
import { BearerTokenGuard } from './bearer-token.guard.js';
import { CurrentPrincipal, type Principal } from './principal.js';

@Controller()
@UseGuards(BearerTokenGuard)
class Routes {
  @Get('me')
  me(@CurrentPrincipal() { name }: Principal): string {
    return name;
  }

  @Admin()
  @Get('admin')
  admin(): string {
    return 'admin';
  }

  @Public()
  @Get('public')
  open(): string {
    return 'public';
  }
}

const keys: Record<string, Principal> = { secret: { name: 'team', admin: false } };

describe.each([
  ['Fastify', () => new FastifyAdapter()],
  ['Express', () => new ExpressAdapter()],
])(`${AuthModule.name} on %s`, (_, adapter) => {
  it("guards routes with a team's own keys, and keeps 401 and 403 in Nest's default filter", async () => {
    const auth = AuthModule.forRootAsync({ useFactory: () => ({ keyStore: { find: (token) => keys[token] } }) });
    const module = await Test.createTestingModule({ imports: [auth], controllers: [Routes] }).compile();
    const app: INestApplication = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    onTestFinished(() => app.close());
    const url = await app.getUrl();
    const get = async (path: string, token?: string): Promise<[number, string]> => {
      const response = await fetch(`${url}/${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      return [response.status, await response.text()];
    };
    expect(await get('me', 'secret')).toEqual([200, 'team']);
    expect(await get('public')).toEqual([200, 'public']);
    expect((await get('me'))[0]).toBe(401);
    expect((await get('me', 'wrong'))[0]).toBe(401);
    expect((await get('admin', 'secret'))[0]).toBe(403);
  });
});
