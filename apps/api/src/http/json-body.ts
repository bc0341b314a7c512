import { isUtf8 } from 'node:buffer';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { jsonFault } from '@frontier/errors';
import { malformedJson } from './http.errors.js';
import type { KnownBodies } from './known-bodies.js';
import { parseJson } from './parse-json.js';

const JSON_WHATEVER_TYPE = 'frontierJsonWhateverType';

/** Parses this handler's body as JSON whatever its content type says: `curl -d` sends a form's. */
export const JsonWhateverType = () => RouteConfig({ [JSON_WHATEVER_TYPE]: true });

/** Accepts JSON bodies only; 415 for other content types, save where {@link JsonWhateverType} says otherwise. */
export function acceptJson(fastify: FastifyInstance, known: KnownBodies): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    // Read as a text, every wrong byte would silently become U+FFFD.
    if (!isUtf8(body as Buffer)) return done(malformedJson('it is not UTF-8'));
    const text = body.toString('utf8');
    const parsed = known.parsed(text);
    if (parsed) return done(null, parsed);
    try {
      const fresh: unknown = parseJson(text);
      known.note(text, fresh);
      done(null, fresh);
    } catch (error) {
      done(malformedJson(text === '' ? 'it is empty' : jsonFault(error), error));
    }
  });
  fastify.addHook('onRequest', (request, _, done) => {
    if (JSON_WHATEVER_TYPE in request.routeOptions.config) request.raw.headers['content-type'] = 'application/json';
    done();
  });
}
