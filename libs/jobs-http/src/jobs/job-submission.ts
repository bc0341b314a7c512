import { Injectable } from '@nestjs/common';
import { isAppError } from '@frontier/errors';
import { invalidRequest } from '@frontier/http';
import { createDeadline, ModelRegistry, priorityOf, type Principal } from '@frontier/inference';
import { ENCODER_ROUTES, EncoderRoutes, type InferRequest } from '@frontier/inference-http';
import { type Attachment, type Job, JobsService, MAX_ATTACHED_BYTES } from '@frontier/jobs';
import { attachedBody, within } from './encoder-job.body.js';
import type { JobInput } from './inference-job.executor.js';
import { EncoderJobRequest, EXPIRY, type JobRequest } from './job.request.js';

/** Accepts requests as jobs. */
@Injectable()
export class JobSubmission {
  constructor(
    private readonly jobs: JobsService,
    private readonly models: ModelRegistry,
    private readonly encoders: EncoderRoutes,
  ) {}

  /**
   * @param request valid; of an encoder's, the body too
   * @param id default: a new one
   * @throws `model_not_found`, `task_unsupported`, `callback_refused`, `invalid_request`, `rate_limit_exceeded`, `jobs_unavailable`
   */
  async submit(request: JobRequest | EncoderJobRequest, principal: Principal, id?: string): Promise<Job> {
    const { callback_url, callback_secret, priority, expires_in } = request;
    const { input, attachment } =
      request instanceof EncoderJobRequest
        ? await this.encoderInput(request, principal)
        : { input: this.inferInput(request, principal), attachment: undefined };
    return this.jobs.accept(
      {
        input,
        owner: principal.id,
        // No better one than the class of the key.
        priority: priorityOf(priority ?? undefined, principal),
        expiresAt: Date.now() + (expires_in ?? EXPIRY.default) * 1000,
        callback: callback_url ? { url: callback_url, secret: callback_secret ?? undefined } : undefined,
      },
      id,
      attachment,
    );
  }

  private inferInput({ model, prompt, params }: InferRequest, principal: Principal): JobInput {
    this.models.get(model ?? undefined, principal);
    return { body: { model, prompt, params }, caller: storedCaller(principal) };
  }

  private async encoderInput(
    { url, body }: EncoderJobRequest,
    principal: Principal,
  ): Promise<{ input: JobInput; attachment: Attachment }> {
    const { task } = ENCODER_ROUTES[url];
    this.models.forTask(task, (body as { model?: string | null }).model ?? undefined, principal);
    await within('/body', () => this.assertAnswerable({ url, body }, principal));
    return { input: { url, caller: storedCaller(principal) }, attachment: await attachedBody(body) };
  }

  /** Refuses what can only fail, as far as that is known: a model that is loading says more when the job runs. */
  private assertAnswerable({ url, body }: Pick<EncoderJobRequest, 'url' | 'body'>, principal: Principal): void {
    let expectedBytes: number | undefined;
    try {
      ({ expectedBytes } = this.encoders.prepare(url, body, { principal, cache: {}, deadline: createDeadline() }));
    } catch (error) {
      if (!isAppError(error) || error.status < 500) throw error;
    }
    const { output: limit } = MAX_ATTACHED_BYTES;
    if (expectedBytes === undefined || expectedBytes <= limit) return;
    const size = `${Math.ceil(expectedBytes / 2 ** 20)} MiB, and at most ${limit / 2 ** 20} are kept of a job`;
    throw invalidRequest([{ pointer: '', detail: `its response would have about ${size}: send fewer inputs in each` }]);
  }
}

/** The principal that a job runs for, with the rights of now. */
function storedCaller({ id, models, tokensPerMinute }: Principal): Principal {
  return { id, models, tokensPerMinute };
}
