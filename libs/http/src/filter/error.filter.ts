import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Optional } from '@nestjs/common';
import { type HttpRequest, type HttpResponse, isAnswered, requestIdOf } from '../context/http-exchange.js';
import { reportFault } from '../errors/report-fault.js';
import { FailedRequestLimit } from './failed-request-limit.js';
import { writeError } from './write-error.js';

/**
 * Responds to every thrown error, on Fastify and Express: an `AppError` with its status, code and headers, an `HttpException`
 * with its status and message, anything else as 500 `internal_error`. Only those of 500 are logged.
 */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  /** @param failures limits of requests that fail; default: none */
  constructor(@Optional() private readonly failures?: FailedRequestLimit) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    await this.respond(thrown, http.getRequest<HttpRequest>(), http.getResponse<HttpResponse>());
  }

  /** Never rejects. */
  async respond(thrown: unknown, request: HttpRequest, response: HttpResponse): Promise<void> {
    const fault = reportFault(thrown, requestIdOf(request));
    const error = this.failures ? await this.failures.apply(fault, request) : fault;
    // The caller is gone, or has a part of the response already.
    if (!isAnswered(response)) writeError(error, request, response);
  }
}
