import type { JobExecutor } from '@frontier/jobs';
import type { FinishReason, InferenceService, RequestCaller } from '@frontier/inference';
import { type InferRequest, type InferUsage, toGenerateRequest, toInferUsage } from '@frontier/inference-http';

/** What a job that infers is stored with. */
export interface InferenceInput {
  body: Pick<InferRequest, 'model' | 'prompt' | 'params'>;
  /** Whose limits and models apply when it runs. */
  caller: RequestCaller;
}

/** What such a job leaves. */
export interface InferenceOutput {
  model: string;
  output: string;
  usage: InferUsage;
  finish_reason: FinishReason;
}

/** Runs jobs that infer, in the lowest class: requests that somebody waits for come first. */
export class InferenceJobExecutor implements JobExecutor {
  constructor(private readonly inference: InferenceService) {}

  async execute(input: unknown, signal: AbortSignal): Promise<InferenceOutput> {
    const { body, caller } = input as InferenceInput;
    const request = { ...toGenerateRequest(body, { caller }), priority: 'low' as const };
    const { model, choices, usage } = await this.inference.complete(request, signal);
    const [{ text, finishReason }] = choices;
    return { model, output: text, usage: toInferUsage(usage), finish_reason: finishReason };
  }
}
