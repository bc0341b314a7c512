import type { GenerationRequest, Usage } from '@frontier/engine';

/** Inputs of the cost estimate. */
export interface CostInputs extends Pick<GenerationRequest, 'params' | 'n'> {
  promptTokens: number;
}

/** The cost of a request before it runs. */
export interface RequestCost {
  answers: number;
  promptTokens: number;
  /** Tokens of all answers together, as long as recent ones were. */
  answerTokens: number;
  /** Prompt and answers at their longest. */
  maxTokens: number;
}

/** The weight of the newest answer. */
const LEARNING_RATE = 0.05;

/** Predicts what requests to one model cost, from what they did cost. */
export class RequestCostModel {
  /** Of the new tokens that an answer may have, the share that answers do have. */
  private answerShare = 1;

  /**
   * @param maxNewTokens what applies where the request does not say
   * @param contextLength tokens that prompt and answer may have together
   */
  predict({ promptTokens, params, n = 1 }: CostInputs, maxNewTokens: number, contextLength: number): RequestCost {
    const room = Math.max(0, contextLength - promptTokens);
    const mostTokens = n * Math.min(params?.maxNewTokens ?? maxNewTokens, room);
    return {
      answers: n,
      promptTokens,
      answerTokens: mostTokens * this.answerShare,
      maxTokens: promptTokens + mostTokens,
    };
  }

  /** Learns from one answer that ended. */
  learn(predicted: RequestCost, { completionTokens }: Usage): void {
    const mostTokens = (predicted.maxTokens - predicted.promptTokens) / predicted.answers;
    this.answerShare += LEARNING_RATE * (Math.min(1, completionTokens / mostTokens) - this.answerShare);
  }
}
