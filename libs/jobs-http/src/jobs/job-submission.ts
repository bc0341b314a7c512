import { Injectable } from '@nestjs/common';
import { ModelRegistry, priorityOf, type Principal } from '@frontier/inference';
import { type Job, JobsService } from '@frontier/jobs';
import type { InferenceInput } from './inference-job.executor.js';
import { EXPIRY, type JobRequest } from './job.request.js';

/** Accepts requests as jobs. */
@Injectable()
export class JobSubmission {
  constructor(
    private readonly jobs: JobsService,
    private readonly models: ModelRegistry,
  ) {}

  /**
   * @param id default: a new one
   * @throws `model_not_found`, `callback_refused`, `invalid_request`, `rate_limit_exceeded`, `jobs_unavailable`
   */
  submit(request: JobRequest, principal: Principal, id?: string): Promise<Job> {
    const { model, prompt, params, callback_url, callback_secret, priority, expires_in } = request;
    this.models.get(model ?? undefined, principal);
    const { id: owner, models, tokensPerMinute } = principal;
    const input: InferenceInput = { body: { model, prompt, params }, caller: { id: owner, models, tokensPerMinute } };
    return this.jobs.accept(
      {
        input,
        owner,
        // No better one than the class of the key.
        priority: priorityOf(priority ?? undefined, principal),
        expiresAt: Date.now() + (expires_in ?? EXPIRY.default) * 1000,
        callback: callback_url ? { url: callback_url, secret: callback_secret ?? undefined } : undefined,
      },
      id,
    );
  }
}
