import { OutputShareEstimator, type Usage } from '@frontier/engine';

/** Inputs of the cost estimate. */
export interface CostInputs {
  promptTokens: number;
  maxNewTokens: number;
  n?: number;
  caller?: string;
}

/** The cost of a request before it runs. */
export interface RequestCost {
  caller: string;
  answers: number;
  promptTokens: number;
  /** Tokens of all answers together, as long as recent ones of the caller were. */
  answerTokens: number;
  /** Prompt and answers at their longest. */
  maxTokens: number;
}

/** Estimates the cost of requests to one model from the lengths of earlier answers. */
export class OutputLengthEstimator {
  private readonly shares = new OutputShareEstimator();

  /** @param contextLength tokens that prompt and answer may have together */
  estimate({ promptTokens, maxNewTokens, n = 1, caller = '' }: CostInputs, contextLength: number): RequestCost {
    const room = Math.max(0, contextLength - promptTokens);
    const mostTokens = n * Math.min(maxNewTokens, room);
    return {
      caller,
      answers: n,
      promptTokens,
      answerTokens: mostTokens * this.shares.shareOf(caller),
      maxTokens: promptTokens + mostTokens,
    };
  }

  /** Notes an answer that has ended. */
  observe(estimated: RequestCost, { completionTokens }: Usage): void {
    const mostTokens = (estimated.maxTokens - estimated.promptTokens) / estimated.answers;
    this.shares.learn(estimated.caller, Math.min(1, completionTokens / mostTokens));
  }
}
