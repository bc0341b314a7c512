import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '@frontier/errors';

const JSON_WHATEVER_TYPE = 'frontierJsonWhateverType';

/** Parses this handler's body as JSON whatever its content type says: `curl -d` sends a form's. */
export const JsonWhateverType = () => RouteConfig({ [JSON_WHATEVER_TYPE]: true });

/** Accepts JSON bodies only; 415 for other content types, save where {@link JsonWhateverType} says otherwise. */
export function acceptJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, parse);
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (acceptsAnyType(request)) return parse(request, body as string, done);
    done(unsupportedMediaType(request.headers['content-type']));
  });
}

function acceptsAnyType(request: FastifyRequest): boolean {
  return JSON_WHATEVER_TYPE in request.routeOptions.config;
}

function unsupportedMediaType(type: string | undefined): AppError {
  const given = type ? `"${type}"` : 'a body without a content type';
  return new AppError(`This route takes "application/json", not ${given}.`, {
    code: 'unsupported_media_type',
    status: 415,
  });
}
