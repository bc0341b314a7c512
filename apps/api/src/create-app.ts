import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Environment, ServerConfig } from '@frontier/config';
import { AppModule } from './app.module.js';
import { acceptJson } from './http/json-body.js';
import { writeProblem } from './http/problem.js';
import { requestId, sendRequestHeaders } from './http/request-headers.js';
import { RequestValidationPipe } from './http/validation.pipe.js';
import { serveOpenApi } from './openapi.js';

/** Builds the server without listening; models begin to load when it is initialised. */
export async function createApp(config: ServerConfig): Promise<NestFastifyApplication> {
  const { BODY_LIMIT_BYTES, TRUST_PROXY, CORS_ORIGINS } = config.environment;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: TRUST_PROXY.length > 0 ? [...TRUST_PROXY] : false,
    genReqId: requestId,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      writeProblem(error, request, reply),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
    bodyParser: false,
    logger: new ConsoleLogger({
      json: config.environment.ENVIRONMENT !== 'development',
      logLevels: logLevels(config.environment.LOG_LEVEL),
    }),
  });
  sendRequestHeaders(adapter.getInstance());
  acceptJson(adapter.getInstance());
  app.useGlobalPipes(new RequestValidationPipe());
  if (CORS_ORIGINS.length > 0) app.enableCors({ origin: [...CORS_ORIGINS] });
  serveOpenApi(app);
  return app;
}

const NEST_LEVEL: Record<Environment['LOG_LEVEL'], LogLevel> = {
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'log',
  DEBUG: 'debug',
  TRACE: 'verbose',
};

function logLevels(least: Environment['LOG_LEVEL']): LogLevel[] {
  const levels = Object.values(NEST_LEVEL);
  return levels.slice(0, levels.indexOf(NEST_LEVEL[least]) + 1);
}
