import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FailedRequestLimit } from './failed-request-limit.js';
import { reportFault } from '../errors/report-fault.js';
import { writeError } from './write-error.js';

/** Answers with every error that is thrown. */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly failures: FailedRequestLimit) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    await this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Never rejects. */
  async answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const error = await this.failures.apply(reportFault(thrown, request.id), request);
    // The caller is gone, or has a part of the answer already.
    if (!reply.sent && !reply.raw.destroyed) writeError(error, request, reply);
  }
}
