import type { JobExecutor } from '@frontier/jobs';
import { createDeadline, type FinishReason, type InferenceService, type Principal } from '@frontier/inference';
import { type InferRequest, type InferUsage, toGenerateRequest, toInferUsage } from '@frontier/inference-http';

/** The stored input of an inference job. */
export interface InferenceInput {
  body: Pick<InferRequest, 'model' | 'prompt' | 'params'>;
  /** The principal whose limits and models apply when the job runs; the name is that of stored jobs. */
  caller: Principal;
}

/** The output of an inference job. */
export interface InferenceOutput {
  model: string;
  output: string;
  usage: InferUsage;
  finish_reason: FinishReason;
}

/** Runs inference jobs in the lowest class: interactive requests come first. */
export class InferenceJobExecutor implements JobExecutor {
  constructor(private readonly inference: InferenceService) {}

  async execute(input: unknown, signal: AbortSignal): Promise<InferenceOutput> {
    const { body, caller } = input as InferenceInput;
    const request = { ...toGenerateRequest(body, { principal: caller }), priority: 'low' as const };
    const { model, choices, usage } = await this.inference.complete(request, createDeadline({ signal }));
    const [{ text, finishReason }] = choices;
    return { model, output: text, usage: toInferUsage(usage), finish_reason: finishReason };
  }
}
