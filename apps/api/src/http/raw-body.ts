import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const RAW_BODY = 'frontierRawBody';
const RAW_TYPE = 'application/x-frontier-raw';

/** Gives this handler the bytes of its body as they came, whatever their content type, or that there are none. */
export const RawBody = () => RouteConfig({ [RAW_BODY]: true });

/** Makes {@link RawBody} work; after the parsers of other content types. */
export function acceptRawBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(RAW_TYPE, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  fastify.addHook('onRequest', (request, _, done) => {
    if (RAW_BODY in request.routeOptions.config) request.raw.headers['content-type'] = RAW_TYPE;
    done();
  });
}
