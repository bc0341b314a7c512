export { AcceptAnyContentType, LimitBody, NoBody, RawBody } from './body/body-kind.decorators.js';
export { RequestBodyGuard, RequestBodyOptions } from './body/request-body.guard.js';
export { discardUnreadBodies, leaveBodiesUnread } from './body/unread-body.js';
export { limitConnections } from './connections/connection-limits.js';
export { closeUnusedConnections, countConnections } from './connections/connections.js';
export { ApiAuthGuard } from './context/api-auth.guard.js';
export { CurrentRequest, type RequestContext, requestContext } from './context/request-context.js';
export { type RequestPrincipal, requestPrincipal } from './context/request-principal.js';
export { elapsedMs, observeRequests, recordOf } from './context/request-observer.js';
export { type RequestDeadline, requestDeadline } from './context/request-deadline.js';
export { requireFastify } from './context/require-fastify.js';
export { Drain } from './drain/drain.js';
export { endStalledConnections } from './drain/stalled-connections.js';
export { ErrorFormat, formatUnknownRoutes } from './errors/error-format.js';
export { invalidRequest, MAX_LISTED_ERRORS } from './errors/http.errors.js';
export { Problem } from './errors/problem.js';
export { reportFault } from './errors/report-fault.js';
export { ErrorFilter } from './filter/error.filter.js';
export { FailedRequestLimit, FailedRequestWindow } from './filter/failed-request-limit.js';
export { limitOpenRoutes } from './filter/open-routes.js';
export { corsOptions } from './headers/cors-options.js';
export { cleanForwardedFor } from './headers/forwarded-for.js';
export { requireLoopbackHosts } from './headers/loopback-hosts.js';
export { addResponseHeaders } from './headers/response-headers.js';
export { type HttpRequest, type HttpResponse, requestId, requestIdOf } from './context/http-exchange.js';
export { IdempotentExecutor } from './idempotency/idempotent-executor.js';
export type { BodyLimits } from './json/body-limits.js';
export { isJsonWithin } from './json/json-size.js';
export { jsonPieces, jsonStream, LazyList } from './json/json-stream.js';
export { parseBody } from './json/parse-body.js';
export { scanJson } from './json/scan-json.js';
export { ApiRequestHeaders } from './openapi/api-request-headers.decorator.js';
export { toOpenApi31 } from './openapi/openapi-document.js';
export {
  beginEventStream,
  type EventObserver,
  eventStream,
  type ObservedEvents,
  type ServerSentEvent,
} from './sse/event-stream.js';
export { BodyRules } from './validation/body-rules.js';
export { checkField, IsWellFormed } from './validation/field-check.js';
export { NestedObject } from './validation/nested-object.decorator.js';
export { nullableObject } from './validation/nullable-object.js';
export { IntegerField, NumberField } from './validation/number-field.decorator.js';
export { ValidatedBodyCache } from './validation/validated-body-cache.js';
export { RequestValidationPipe } from './validation/validation.pipe.js';
export { HttpModule, type HttpModuleAsyncOptions, type HttpModuleOptions } from './http.module.js';
