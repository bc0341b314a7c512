import 'reflect-metadata';
import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  InternalServerErrorException,
  Logger,
  Param,
  ServiceUnavailableException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '@frontier/errors';
import { MemoryRateLimitStore } from '@frontier/rate-limit';
import { ErrorFilter } from '../filter/error.filter.js';
import { FailedRequestLimit } from '../filter/failed-request-limit.js';
import { ErrorFormat } from './error-format.js';
import { toAppError } from './to-app-error.js';

const fastifyError = (statusCode: number, code: string, message: string): Error =>
  Object.assign(new Error(message), { statusCode, code });

const THROWN: Record<string, [thrown: unknown, status: number, code: string, message: string]> = {
  forbidden: [new ForbiddenException('not for you'), 403, 'forbidden', 'not for you'],
  bare: [new ForbiddenException(), 403, 'forbidden', 'Forbidden'],
  teapot: [new HttpException('short and stout', 418), 418, 'im_a_teapot', 'short and stout'],
  object: [new HttpException({ message: 'own words', more: 1 }, 409), 409, 'conflict', 'own words'],
  list: [new BadRequestException(['a is wrong', 'b is']), 400, 'malformed_request', 'a is wrong; b is'],
  wordless: [new HttpException({ reason: 1 }, 402), 402, 'payment_required', 'Payment Required'],
  error: [new HttpException(new Error('inner') as never, 403), 403, 'forbidden', 'Forbidden'],
  'own-415': [new UnsupportedMediaTypeException('only PNG'), 415, 'unsupported_media_type', 'only PNG'],
  away: [new ServiceUnavailableException('come back'), 503, 'service_unavailable', 'come back'],
  'own-500': [new InternalServerErrorException('the disk is full'), 500, 'internal_error', 'the disk is full'],
  'no-error-status': [
    new HttpException('moved', 302),
    500,
    'internal_error',
    expect.stringContaining('logged') as never,
  ],
  'fastify-431': [fastifyError(431, 'FST_X', 'too long'), 431, 'request_header_fields_too_large', 'too long'],
  'fastify-503': [fastifyError(503, 'FST_UNDER_PRESSURE', 'busy'), 503, 'service_unavailable', 'busy'],
  'foreign-502': [fastifyError(502, 'EX', 'http://secret'), 502, 'bad_gateway', 'Bad Gateway'],
  'foreign-500': [fastifyError(500, 'EX', 'secret'), 500, 'internal_error', expect.stringContaining('logged') as never],
  plain: [new Error('secret'), 500, 'internal_error', expect.stringContaining('logged') as never],
  nothing: [undefined, 500, 'internal_error', expect.stringContaining('logged') as never],
  text: ['a text', 500, 'internal_error', expect.stringContaining('logged') as never],
};

const ownFormat: ErrorFormat = {
  format: ({ status, code, message }) => ({
    status,
    contentType: 'application/json',
    body: { error: { code, message } },
  }),
};

@Controller('problem')
class Throwing {
  @Get(':name')
  get(@Param('name') name: string): never {
    throw THROWN[name][0];
  }
}

@Controller('own')
@ErrorFormat(ownFormat)
class ThrowingInOwnFormat {
  @Get(':name')
  get(@Param('name') name: string): never {
    throw THROWN[name][0];
  }
}

describe(toAppError, () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const testing = await Test.createTestingModule({ controllers: [Throwing, ThrowingInOwnFormat] }).compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useGlobalFilters(
      new ErrorFilter(new FailedRequestLimit(new MemoryRateLimitStore(), { limit: 1000, windowMs: 1000 })),
    );
    await app.init();
  });
  afterAll(() => app.close());

  it.each(Object.entries(THROWN))('keeps the status and message of %s', async (name, [, status, code, message]) => {
    const log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const problem = await app.inject(`/problem/${name}`);
    expect(problem.statusCode).toBe(status);
    expect(problem.json()).toMatchObject({ status, code, detail: message, instance: `/problem/${name}` });
    const envelope = await app.inject(`/own/${name}`);
    expect(envelope.statusCode).toBe(status);
    expect(envelope.json()).toMatchObject({ error: { code, message } });
    expect(log).toHaveBeenCalledTimes(status === 500 ? 2 : 0);
    log.mockRestore();
  });

  it('leaves our own errors as they are', () => {
    const error = new AppError('No.', { code: 'own_code', status: 422 });
    expect(toAppError(error)).toBe(error);
  });
});
