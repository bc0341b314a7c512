import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reportFault } from './report-fault.js';
import { writeError } from './write-error.js';

/** Answers with every error that is thrown. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = reportFault(thrown, request.id);
    // The caller is gone, or has a part of the answer already.
    if (!reply.sent && !reply.raw.destroyed) writeError(error, request, reply);
  }
}
