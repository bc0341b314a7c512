import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RateLimit, SkipRateLimit } from './rate-limit.decorators.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimitModule } from './rate-limit.module.js';
import type { RateLimitModuleOptions } from './rate-limit.options.js';

let release: () => void;

@Controller()
@UseGuards(RateLimitGuard)
class Reports {
  @Get('reports')
  list(): string {
    return 'all';
  }

  @RateLimit({ limit: 1 })
  @Get('narrow')
  narrow(): string {
    return 'one';
  }

  @SkipRateLimit()
  @Get('open')
  open(): string {
    return 'open';
  }

  @Get('slow')
  slow(): Promise<void> {
    return new Promise((resolve) => (release = resolve));
  }
}

@Controller()
@UseGuards(RateLimitGuard)
class Others {
  @Get('other')
  get(): string {
    return 'other';
  }
}

async function start(adapter: ExpressAdapter | FastifyAdapter, options: Partial<RateLimitModuleOptions>) {
  const limits = RateLimitModule.forRoot({ requests: 2, windowMs: 60_000, ...options });
  // A module of its own, to which the guard must bring all that it injects.
  @Module({ imports: [limits], controllers: [Others] })
  class OtherModule {}
  const testing = Test.createTestingModule({ imports: [limits, OtherModule], controllers: [Reports] });
  const app: INestApplication = (await testing.compile()).createNestApplication(adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const url = await app.getUrl();
  return (path: string) => fetch(`${url}/${path}`);
}

describe.each([
  ['Fastify', () => new FastifyAdapter()],
  ['Express', () => new ExpressAdapter()],
])(`${RateLimitGuard.name} on %s`, (_, adapter) => {
  it('refuses requests over the limit with 429, and tells the limit in headers', async () => {
    const get = await start(adapter(), {});
    const first = await get('reports');
    expect([first.status, await first.text()]).toEqual([200, 'all']);
    expect(first.headers.get('ratelimit')).toBe('"requests";r=1;t=60');
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect((await get('reports')).status).toBe(200);
    expect((await get('reports')).status).toBe(429);
    expect([(await get('narrow')).status, (await get('narrow')).status]).toEqual([200, 429]);
    for (let i = 0; i < 4; i++) expect((await get('open')).status).toBe(200);
  });

  it('gives places back when requests have ended', async () => {
    const get = await start(adapter(), { requests: 100, maxConcurrent: 1 });
    for (let i = 0; i < 3; i++) expect((await get('reports')).status).toBe(200);
    const slow = get('slow');
    await expect.poll(async () => (await get('reports')).status).toBe(429);
    // The place is the caller's, whichever module binds the guard.
    expect((await get('other')).status).toBe(429);
    release();
    expect((await slow).status).toBe(200);
    await expect.poll(async () => (await get('reports')).status).toBe(200);
  });
});
