import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, type Observable } from 'rxjs';
import { IdempotentExecutor, requestContext, RequestValidationPipe } from '@frontier/http';
import { InferController, InferRequest } from '@frontier/inference-http';
import { JobSubmission } from './job-submission.js';
import { AcceptedJob, toAcceptedJob } from './job.response.js';

const PREFER_ASYNC = 'frontier:jobs:prefer-async';

/** Marks a handler whose requests become jobs where they prefer that. */
const CanRespondAsync = (): MethodDecorator =>
  applyDecorators(
    SetMetadata(PREFER_ASYNC, true),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '`respond-async` makes a job of the request, as `POST /v1/jobs` does.',
    }),
    ApiAcceptedResponse({ description: 'With `Prefer: respond-async`.', type: AcceptedJob }),
  );

// The controller knows no jobs: the package of the jobs marks its handler.
const { prototype } = InferController;
CanRespondAsync()(prototype, 'infer', Object.getOwnPropertyDescriptor(prototype, 'infer')!);

/** Makes jobs of requests with `Prefer: respond-async`. */
@Injectable()
export class PreferAsyncInterceptor implements NestInterceptor {
  constructor(
    private readonly submission: JobSubmission,
    private readonly idempotent: IdempotentExecutor,
    private readonly validation: RequestValidationPipe,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (!prefersAsync(request) || Reflect.getMetadata(PREFER_ASYNC, context.getHandler()) !== true) {
      return next.handle();
    }
    return from(this.accept(context, request, http.getResponse<FastifyReply>()));
  }

  private async accept(context: ExecutionContext, request: FastifyRequest, reply: FastifyReply): Promise<AcceptedJob> {
    // Pipes run after interceptors.
    const body = await this.validation.transform(request.body, { type: 'body', metatype: InferRequest });
    const { principal } = requestContext(context);
    reply.status(202).header('preference-applied', 'respond-async');
    const accept = async (): Promise<AcceptedJob> =>
      toAcceptedJob(await this.submission.submit(body as InferRequest, principal));
    const job = await this.idempotent.run(request, reply, accept, 'job');
    reply.header('location', job.links.self);
    return job;
  }
}

/** `Prefer: respond-async` (RFC 7240, section 4.1). */
function prefersAsync({ headers }: FastifyRequest): boolean {
  if (headers.prefer === undefined) return false;
  return [headers.prefer].flat().some((preferences) => /(^|,)\s*respond-async\s*(,|;|$)/i.test(preferences));
}
