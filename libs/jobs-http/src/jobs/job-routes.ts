import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '@frontier/auth';
import { Problem, type RequestContext } from '@frontier/http';

/** The parameter of routes of one job. */
export const JOB_ID = { name: 'id', description: 'The id of a job.', example: 'job_5f0c1a2e4b6d8f00112233445566778' };

/** Documents the common parts of routes of jobs. */
export const ApiJobRoutes = (): ClassDecorator =>
  applyDecorators(
    ApiTags('jobs'),
    ApiBearerAuth(),
    ApiResponse({ status: 400, description: 'The URL is malformed.', type: Problem }),
    ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem }),
    ApiResponse({
      status: 404,
      description: 'There is no such job of yours, or no such model that the key may use.',
      type: Problem,
    }),
    ApiResponse({ status: 422, description: 'A field of the request is invalid.', type: Problem }),
    ApiResponse({
      status: 429,
      description:
        "The caller's limit is reached: of requests, of jobs or of followers; `Retry-After` says when to try again.",
      type: Problem,
    }),
    ApiResponse({ status: 503, description: 'Jobs cannot be stored now; nothing was changed.', type: Problem }),
  );

/** Operators see the jobs of all owners. */
export function ownerOf(request: FastifyRequest, { principal }: RequestContext): string | undefined {
  return principalOf(request)?.admin ? undefined : principal.id;
}
