import { createDeadline, type InferenceService } from '@frontier/inference';
import type { JobExecutor } from '@frontier/jobs';

/** Runs the jobs of this app: a job's input is the beginning of a story. */
export class StoryExecutor implements JobExecutor {
  constructor(private readonly inference: InferenceService) {}

  async execute(input: unknown, signal: AbortSignal): Promise<{ output: string }> {
    const { beginning } = input as { beginning: string };
    const request = { prompt: beginning, params: { temperature: 0, maxNewTokens: 8 }, priority: 'low' as const };
    const { choices } = await this.inference.complete(request, createDeadline({ signal }));
    return { output: choices[0].text };
  }
}
