import 'reflect-metadata';
import {
  Body,
  type CallHandler,
  Controller,
  type ExecutionContext,
  HttpCode,
  type NestInterceptor,
  Post,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IsArray, IsOptional, IsString, ValidateBy } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryRateLimitStore } from '@frontier/rate-limit';
import { ErrorFilter } from '../filter/error.filter.js';
import { FailedRequestLimit } from '../filter/failed-request-limit.js';
import { ValidatedBodyCache } from './validated-body-cache.js';
import { BodyRules } from './body-rules.js';
import { NestedObject } from './nested-object.decorator.js';
import { RequestBodyGuard } from '../body/request-body.guard.js';
import { leaveBodiesUnread } from '../body/unread-body.js';
import { RequestValidationPipe } from './validation.pipe.js';

let checks = 0;
const Counted = (): PropertyDecorator =>
  ValidateBy({ name: 'counted', validator: { validate: () => ++checks > 0, defaultMessage: () => '' } });

class Options {
  @IsOptional()
  @IsString()
  style?: string;
}

@BodyRules()
class Story {
  @Counted()
  @IsString()
  prompt!: string;

  @IsOptional()
  @IsArray()
  tags?: string[];

  @IsOptional()
  @NestedObject(() => Options)
  options?: Options;
}

@Controller()
class Stories {
  @Post()
  @HttpCode(200)
  tell(@Body() story: Story): object {
    const isWhole = story instanceof Story && (story.options === undefined || story.options instanceof Options);
    const answer = { ...story, tags: [...(story.tags ?? [])], isWhole };
    // A handler may change its body.
    story.prompt = 'changed by the handler';
    story.tags?.push('changed');
    return answer;
  }
}

/** Changes bodies before they are validated. */
class Rewriting implements NestInterceptor {
  rewrite: (body: { prompt: unknown; tags?: unknown[] }) => void = () => {};

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    this.rewrite(context.switchToHttp().getRequest<FastifyRequest<{ Body: { prompt: unknown } }>>().body);
    return next.handle();
  }
}

describe(ValidatedBodyCache, () => {
  const interceptor = new Rewriting();
  let app: NestFastifyApplication;
  beforeEach(async () => {
    const cache = new ValidatedBodyCache();
    const failures = new FailedRequestLimit(new MemoryRateLimitStore(), { limit: 1000, windowMs: 1000 });
    const testing = await Test.createTestingModule({ controllers: [Stories] }).compile();
    const adapter = new FastifyAdapter();
    app = testing.createNestApplication<NestFastifyApplication>(adapter, { bodyParser: false });
    leaveBodiesUnread(adapter.getInstance());
    app.useGlobalGuards(new RequestBodyGuard({ maxBytes: 10_000 }, cache));
    app.useGlobalPipes(new RequestValidationPipe(cache));
    app.useGlobalInterceptors(interceptor);
    app.useGlobalFilters(new ErrorFilter(failures));
    await app.init();
    interceptor.rewrite = () => {};
    checks = 0;
  });

  const tell = async (body: object): Promise<{ status: number; answer: Record<string, unknown> }> => {
    const response = await app.inject({ method: 'POST', url: '/', body });
    return { status: response.statusCode, answer: response.json() };
  };
  const story = { prompt: 'Tom', tags: ['a'], options: { style: 'short' } };

  it('validates a body that comes again unchanged once, and gives each request its own', async () => {
    for (let i = 0; i < 3; i++) expect(await tell(story)).toEqual({ status: 200, answer: { ...story, isWhole: true } });
    expect(checks).toBe(1);
  });

  it('validates what an interceptor made of a body, each time', async () => {
    interceptor.rewrite = (body) => {
      body.prompt = `${String(body.prompt)}!`;
      body.tags?.push('b');
    };
    for (let i = 0; i < 3; i++) {
      expect((await tell(story)).answer).toMatchObject({ prompt: 'Tom!', tags: ['a', 'b'], isWhole: true });
    }
    expect(checks).toBe(3);
  });

  it('keeps apart what an interceptor changed for one request and not for the next', async () => {
    interceptor.rewrite = (body) => (body.prompt = 'other');
    expect((await tell(story)).answer).toMatchObject({ prompt: 'other' });
    interceptor.rewrite = () => {};
    expect((await tell(story)).answer).toMatchObject({ prompt: 'Tom', tags: ['a'] });
    interceptor.rewrite = (body) => (body.prompt = 5);
    expect(await tell(story)).toMatchObject({ status: 422, answer: { errors: [{ pointer: '/prompt' }] } });
    interceptor.rewrite = (body) => body.tags!.pop();
    expect((await tell(story)).answer).toMatchObject({ prompt: 'Tom', tags: [] });
    interceptor.rewrite = () => {};
    expect((await tell(story)).answer).toMatchObject({ prompt: 'Tom', tags: ['a'] });
  });

  it('refuses a body that is wrong as often as it comes', async () => {
    for (let i = 0; i < 2; i++) expect((await tell({ prompt: 1 })).status).toBe(422);
  });
});
