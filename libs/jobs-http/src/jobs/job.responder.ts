import { applyDecorators, Injectable } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader } from '@nestjs/swagger';
import { IdempotentExecutor, type RequestContext } from '@frontier/http';
import { type AsyncResponder, type Exchange, InferController, type InferRequest } from '@frontier/inference-http';
import { JobSubmission } from './job-submission.js';
import { AcceptedJob, toAcceptedJob } from './job.response.js';

const ApiPreferAsync = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '`respond-async` makes a job of the request, as `POST /v1/jobs` does.',
    }),
    ApiAcceptedResponse({ description: 'With `Prefer: respond-async`.', type: AcceptedJob }),
  );

// The controller knows no jobs: their package documents what it adds.
const { prototype } = InferController;
ApiPreferAsync()(prototype, 'infer', Object.getOwnPropertyDescriptor(prototype, 'infer')!);

/** Makes jobs of requests with `Prefer: respond-async`. */
@Injectable()
export class JobResponder implements AsyncResponder {
  constructor(
    private readonly submission: JobSubmission,
    private readonly idempotent: IdempotentExecutor,
  ) {}

  async respond(body: InferRequest, { principal }: RequestContext, { request, reply }: Exchange): Promise<AcceptedJob> {
    reply.status(202).header('preference-applied', 'respond-async');
    const submit = async (): Promise<AcceptedJob> => toAcceptedJob(await this.submission.submit(body, principal));
    const job = await this.idempotent.run(request, reply, submit, 'job');
    reply.header('location', job.links.self);
    return job;
  }
}
