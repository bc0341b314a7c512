import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OnWebhook, type WebhookMessage } from '@frontier/webhooks';
import { RequestValidationPipe, ValidatedBodyCache } from '@frontier/http';
import { JobSubmission } from '../jobs/job-submission.js';
import { within, withValidBody } from '../jobs/encoder-job.body.js';
import { EncoderJobRequest, JobRequest } from '../jobs/job.request.js';

/** The owner of jobs that webhooks create. */
const OWNER = 'webhooks';

/** Makes a job of a message whose payload is a body of `POST /v1/jobs`. */
@Injectable()
export class InferenceRequested {
  private readonly validation = new RequestValidationPipe(new ValidatedBodyCache());

  constructor(private readonly submission: JobSubmission) {}

  /** The same message makes the same job. */
  @OnWebhook('inference.requested')
  async handle({ id, payload }: WebhookMessage): Promise<{ job_id: string }> {
    const request = await this.validated(payload);
    const job = await this.submission.submit(
      request,
      { id: OWNER },
      `job_${hash('sha256', `webhook ${id}`).slice(0, 32)}`,
    );
    return { job_id: job.id };
  }

  private validated(payload: unknown): Promise<JobRequest | EncoderJobRequest> {
    return within('/payload', async () => {
      const request = (await this.validation.transform(payload, { type: 'body', metatype: JobRequest })) as JobRequest;
      return request instanceof EncoderJobRequest ? withValidBody(request) : request;
    });
  }
}
