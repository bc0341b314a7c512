import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { RateLimitStore } from '@frontier/rate-limit';
import { ServerModule, type ServerOptions } from './server.module.js';
import {
  addResponseHeaders,
  cleanForwardedFor,
  closeUnusedConnections,
  corsOptions,
  countConnections,
  discardUnreadBodies,
  Drain,
  endStalledConnections,
  ErrorFilter,
  formatUnknownRoutes,
  leaveBodiesUnread,
  limitConnections,
  limitOpenRoutes,
  observeRequests,
  requestId,
  requireLoopbackHosts,
} from '@frontier/http';
import { VERSION } from './config/version.js';
import { serveConsole } from './console/serve-console.js';
import { createLogger } from './logging/logger.js';
import { ServerLogger } from './logging/server.logger.js';
import { serveOpenApi } from './openapi.js';
import { unknownRouteFormat } from './wiring/unknown-route-format.js';

/** Connections of one address: twice what the queue and the batch of a model hold by default. */
const CONNECTIONS_PER_ADDRESS = 1024;

/** A request that takes longer to arrive is cut off: headers and body of 2 MiB, on a slow line. */
const REQUEST_RECEIVE_TIMEOUT_MS = 60_000;

/** Builds the server without listening; models begin to load when it is initialised. Errors of the start are thrown, not logged. */
export async function createServer(options: ServerOptions): Promise<NestFastifyApplication> {
  const { config } = options;
  const { BODY_LIMIT_BYTES, TRUST_PROXY, CORS_ORIGINS, ENABLE_TRACING, ENABLE_METRICS, TRACE_CONTENT } =
    config.environment;
  const { RATE_LIMIT_RPM, RATE_LIMIT_WINDOW_SEC, MAX_CONNECTIONS_PER_ADDRESS } = config.environment;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: TRUST_PROXY.length > 0 ? [...TRUST_PROXY] : false,
    genReqId: requestId,
    requestTimeout: REQUEST_RECEIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      void app.get(ErrorFilter).respond(error, request, reply),
  });
  const logger = await createLogger(config.environment, options.log);
  const app = await NestFactory.create<NestFastifyApplication>(ServerModule.forRoot(options, logger), adapter, {
    bodyParser: false,
    abortOnError: false,
    // Startup errors are reported by the caller of createServer.
    bufferLogs: true,
    autoFlushLogs: false,
  });
  app.useLogger(app.get(ServerLogger));
  app.flushLogs();

  const fastify = adapter.getInstance();
  if (CORS_ORIGINS.length > 0) {
    app.enableCors(corsOptions(CORS_ORIGINS));
    // Its hook comes first, so that browsers can read what the others refuse.
    await fastify.after();
  }
  if (TRUST_PROXY.length > 0) cleanForwardedFor(fastify);
  observeRequests(fastify, { isTraced: ENABLE_TRACING, withContent: ENABLE_TRACING && TRACE_CONTENT });
  app.get(Drain).attach(fastify);
  requireLoopbackHosts(fastify, {
    everywhere: config.apiToken.isWellKnown === true,
    webhooks: config.webhookSecret.isWellKnown === true,
  });
  limitConnections(
    fastify,
    MAX_CONNECTIONS_PER_ADDRESS ?? (TRUST_PROXY.length > 0 ? undefined : CONNECTIONS_PER_ADDRESS),
  );
  endStalledConnections(fastify, app.get(Drain));
  closeUnusedConnections(fastify);
  if (ENABLE_METRICS) countConnections(fastify);
  addResponseHeaders(fastify);
  formatUnknownRoutes(fastify, unknownRouteFormat);
  discardUnreadBodies(fastify);
  leaveBodiesUnread(fastify);
  limitOpenRoutes(fastify, app.get(RateLimitStore), {
    limit: RATE_LIMIT_RPM,
    windowMs: RATE_LIMIT_WINDOW_SEC * 1000,
  });
  if (config.environment.ENABLE_CONSOLE) {
    const { isWellKnown, value = null } = config.apiToken;
    serveConsole(fastify, { name: 'Frontier', version: VERSION, well_known_key: isWellKnown ? value : null });
  }
  serveOpenApi(app);
  return app;
}
