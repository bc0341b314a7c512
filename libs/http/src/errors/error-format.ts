import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AppError } from '@frontier/errors';
import { problemFormat } from './problem.js';

/** A request, as far as an error's body names it. */
interface ErrorContext {
  /** The path, without the query. */
  path: string;
  requestId: string;
}

/** An error as it is sent. */
interface FormattedError {
  status: number;
  contentType: string;
  headers?: Record<string, string>;
  body: object;
}

/** The form that an API gives its errors. */
export interface ErrorFormat {
  format(error: AppError, context: ErrorContext): FormattedError;
  /**
   * Headers of every response of the API's routes.
   * @param elapsedMs time since the request began
   */
  responseHeaders?(elapsedMs: number, requestId: string): Record<string, string | number>;
}

/** The metadata that `RouteConfig` of `@nestjs/platform-fastify` sets; a lib that runs on Express too cannot import that. */
const ROUTE_CONFIG = '__fastify_route_config__';

/** A form, or the choice of one by the request: its body is there once it was read. */
type ErrorFormatChoice = ErrorFormat | ((request: { body?: unknown }) => ErrorFormat);

interface RouteConfig {
  errorFormat?: ErrorFormatChoice;
}

/** Gives the errors of a handler, or of all handlers of a controller, a form; default: a problem document (RFC 9457). Fastify only. */
export const ErrorFormat =
  (errorFormat: ErrorFormatChoice): ClassDecorator & MethodDecorator =>
  (target: object, _?: string | symbol, descriptor?: PropertyDescriptor) => {
    const handlers = descriptor ? [descriptor.value as Function] : handlersOf(target as Function);
    for (const handler of handlers) {
      const config = (Reflect.getMetadata(ROUTE_CONFIG, handler) ?? {}) as RouteConfig;
      Reflect.defineMetadata(ROUTE_CONFIG, { ...config, errorFormat }, handler);
    }
  };

function handlersOf({ prototype }: Function): Function[] {
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => Object.getOwnPropertyDescriptor(prototype, name)!.value as unknown)
    .filter((value) => typeof value === 'function');
}

type FormatOfPath = (path: string) => ErrorFormat | undefined;

const UNKNOWN_ROUTES = Symbol('error formats of unknown routes');

/**
 * Chooses the form of errors where there is no route.
 * @param formatOf by the path, without the query; `undefined`: a problem document
 */
export function formatUnknownRoutes(fastify: FastifyInstance, formatOf: FormatOfPath): void {
  fastify.decorate(UNKNOWN_ROUTES, formatOf);
}

/** The form of a request's errors. */
export function errorFormatOf(request: object): ErrorFormat {
  const { routeOptions: route, server, url } = request as FastifyRequest;
  // Express has no route options.
  if (!(route as FastifyRequest['routeOptions'] | undefined)) return problemFormat;
  if (route.url !== undefined) {
    const { errorFormat = problemFormat } = route.config as RouteConfig;
    return typeof errorFormat === 'function' ? errorFormat(request as FastifyRequest) : errorFormat;
  }
  const { [UNKNOWN_ROUTES]: formatOf } = server as { [UNKNOWN_ROUTES]?: FormatOfPath };
  return formatOf?.(url.split('?', 1)[0]) ?? problemFormat;
}
