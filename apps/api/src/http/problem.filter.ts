import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toAppError, writeProblem } from './problem.js';

/** Turns every error into a problem document, and logs those that are the server's own. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toAppError(thrown);
    if (error.status === 500) {
      const cause = (error.cause ?? error) as Error;
      this.logger.error(`${error.code}: ${cause.message ?? error.message} (request ${request.id})`, cause.stack);
    }
    // The caller is gone, or has a part of the answer already.
    if (reply.sent || reply.raw.destroyed) return;
    writeProblem(error, request, reply);
  }
}
