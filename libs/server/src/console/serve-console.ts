import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { prefersPage } from './accept.js';
import { codingFor, type PageFile, readPage } from './page-file.js';
import { PAGE_HEADERS } from './page-headers.js';

/** Public facts that the page starts from, as `console/config.json`. */
interface ConsoleConfig {
  name: string;
  version: string;
  /** The well-known token, where the server accepts it: on a loopback address only. */
  well_known_key: string | null;
}

/** Serves the console at `/console/`, and leads browsers there from `/`. Its files need no key; all that it shows does. */
export function serveConsole(fastify: FastifyInstance, config: ConsoleConfig): void {
  const files = readPage();
  if (files === undefined) {
    new Logger('Console').warn('The console is not built, and is not served: "npm run build" builds it.');
    return;
  }
  // Relative, so that it is right behind a proxy that adds a prefix.
  fastify.get('/console', (_, reply) => reply.headers(PAGE_HEADERS).redirect('console/', 302));
  fastify.get('/console/config.json', (_, reply) =>
    reply.headers(PAGE_HEADERS).header('cache-control', 'no-cache').send(config),
  );
  for (const file of files) {
    const path = file.path === 'index.html' ? '' : file.path;
    fastify.get(`/console/${path}`, (request, reply) => sendFile(file, request, reply));
  }
  leadBrowsersToConsole(fastify);
}

function sendFile(file: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { type, etag, cacheControl, plain, coded } = file;
  reply.headers({ ...PAGE_HEADERS, etag, 'cache-control': cacheControl, vary: 'Accept-Encoding' });
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
  const coding = codingFor(file, request.headers['accept-encoding']);
  if (coding) reply.header('content-encoding', coding);
  return reply.type(type).send(coding ? coded.get(coding) : plain);
}

/** Redirects `GET /` of a browser; for everybody else it says who the server is, as ever. */
function leadBrowsersToConsole(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url !== '/') return done();
    reply.header('vary', [reply.getHeader('vary') ?? [], 'Accept'].flat().join(', '));
    if (!prefersPage(request.headers.accept)) return done();
    reply.header('cache-control', 'no-store').redirect('console/', 302);
  });
}
