import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { HealthModule } from './health.module.js';
import { type Readiness, ReadinessCheck } from './readiness-check.decorator.js';
import { ReadinessService } from './readiness.service.js';

@Injectable()
class Database {
  state: Readiness = { isReady: true };

  @ReadinessCheck('database')
  async ready(): Promise<Readiness> {
    return this.state;
  }
}

@Injectable()
class Cache {
  isBroken = false;

  @ReadinessCheck('cache')
  ready(): Readiness {
    if (this.isBroken) throw new Error('broken');
    return { isReady: true, degraded: ['the cache is small'] };
  }
}

describe(ReadinessService.name, () => {
  it('runs the checks of all providers, and tells what each says', async () => {
    const module = await Test.createTestingModule({ imports: [HealthModule], providers: [Database, Cache] }).compile();
    await module.init();
    const readiness = module.get(ReadinessService);
    expect(await readiness.report()).toEqual({
      isReady: true,
      reasons: [],
      degraded: ['the cache is small'],
      checks: { database: { status: 'up' }, cache: { status: 'up', degraded: ['the cache is small'] } },
    });
    module.get(Database).state = { isReady: false, reason: 'it migrates' };
    module.get(Cache).isBroken = true;
    expect(await readiness.report()).toEqual({
      isReady: false,
      reasons: ['it migrates', 'broken'],
      degraded: [],
      checks: {
        database: { status: 'down', reason: 'it migrates' },
        cache: { status: 'down', reason: 'broken' },
      },
    });
  });
});
