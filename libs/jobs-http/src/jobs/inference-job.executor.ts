import { jsonPieces } from '@frontier/http';
import {
  createDeadline,
  type Deadline,
  type FinishReason,
  type InferenceService,
  type ModelLifecycle,
  type Principal,
} from '@frontier/inference';
import {
  ENCODER_ROUTES,
  type EncoderRoutes,
  type EncoderUrl,
  type InferRequest,
  type InferUsage,
  toGenerateRequest,
  toInferUsage,
  tokenCount,
} from '@frontier/inference-http';
import { AttachedOutput, type JobExecutor } from '@frontier/jobs';

/** The stored input of a job that generates. */
interface InferInput {
  body: Pick<InferRequest, 'model' | 'prompt' | 'params'>;
  /** The principal whose limits and models apply when the job runs; the name is that of stored jobs. */
  caller: Principal;
}

/** The stored input of a job of an encoder, whose body is attached. */
interface EncoderInput {
  url: EncoderUrl;
  caller: Principal;
}

/** The stored input of a job. */
export type JobInput = InferInput | EncoderInput;

/** The output of a job; that of an encoder has its response attached. */
export interface InferenceOutput {
  model: string;
  output?: string;
  usage: InferUsage;
  finish_reason?: FinishReason;
}

/** Runs jobs in the lowest class: interactive requests come first. */
export class InferenceJobExecutor implements JobExecutor {
  constructor(
    private readonly inference: InferenceService,
    private readonly encoders: EncoderRoutes,
    private readonly lifecycle: ModelLifecycle,
  ) {}

  async execute(
    stored: unknown,
    signal: AbortSignal,
    attachment?: Uint8Array,
  ): Promise<InferenceOutput | AttachedOutput> {
    const input = stored as JobInput;
    const deadline = createDeadline({ signal });
    return 'url' in input ? this.encode(input, attachment!, deadline) : this.generate(input, deadline);
  }

  private async generate({ body, caller }: InferInput, deadline: Deadline): Promise<InferenceOutput> {
    const request = { ...toGenerateRequest(body, { principal: caller }), priority: 'low' as const };
    const { model, choices, usage } = await this.inference.complete(request, deadline);
    const [{ text, finishReason }] = choices;
    return { model, output: text, usage: toInferUsage(usage), finish_reason: finishReason };
  }

  private async encode(
    { url, caller }: EncoderInput,
    attachment: Uint8Array,
    deadline: Deadline,
  ): Promise<AttachedOutput> {
    const body = JSON.parse(Buffer.from(attachment).toString()) as object;
    const context = { principal: caller, cache: {}, deadline };
    const wanted = {
      name: (body as { model?: string | null }).model ?? undefined,
      tasks: [ENCODER_ROUTES[url].task],
      principal: caller,
    };
    const { result, toAnswer } = await this.lifecycle.during(wanted, deadline, async () => {
      const encoding = this.encoders.prepare(url, { ...body, priority: 'low' }, context);
      return { ...encoding, result: await encoding.run() };
    });
    const usage = toInferUsage({ promptTokens: tokenCount(result), completionTokens: 0 });
    return AttachedOutput.of({ model: result.model, usage } satisfies InferenceOutput, jsonPieces(toAnswer(result)));
  }
}
