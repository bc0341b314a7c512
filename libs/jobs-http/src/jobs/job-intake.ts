import { Injectable } from '@nestjs/common';
import { ModelRegistry, priorityOf, type RequestCaller } from '@frontier/inference';
import { type Job, JobsService } from '@frontier/jobs';
import type { InferenceInput } from './inference-job.executor.js';
import { EXPIRY, type JobRequest } from './job.request.js';

/** Takes requests whose answers nobody waits for. */
@Injectable()
export class JobIntake {
  constructor(
    private readonly jobs: JobsService,
    private readonly models: ModelRegistry,
  ) {}

  /**
   * @param id default: a new one
   * @throws `model_not_found`, `callback_refused`, `invalid_request`, `rate_limit_exceeded`, `jobs_unavailable`
   */
  accept(request: JobRequest, caller: RequestCaller, id?: string): Promise<Job> {
    const { model, prompt, params, callback_url, callback_secret, priority, expires_in } = request;
    this.models.get(model ?? undefined, caller);
    const { id: owner, models, tokensPerMinute } = caller;
    const input: InferenceInput = { body: { model, prompt, params }, caller: { id: owner, models, tokensPerMinute } };
    return this.jobs.accept(
      {
        input,
        owner,
        // No better one than the class of the key.
        priority: priorityOf(priority ?? undefined, caller),
        expiresAt: Date.now() + (expires_in ?? EXPIRY.default) * 1000,
        callback: callback_url ? { url: callback_url, secret: callback_secret ?? undefined } : undefined,
      },
      id,
    );
  }
}
