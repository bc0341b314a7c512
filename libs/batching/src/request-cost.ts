import { OutputLengthEstimator, type GenerationRequest, type Usage } from '@frontier/engine';

/** Inputs of the cost estimate. */
export interface CostInputs extends Pick<GenerationRequest, 'params' | 'n' | 'caller'> {
  promptTokens: number;
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

/** Predicts what requests to one model cost, from what they did cost. */
export class RequestCostModel {
  private readonly outputLengths = new OutputLengthEstimator();

  /**
   * @param maxNewTokens what applies where the request does not say
   * @param contextLength tokens that prompt and answer may have together
   */
  predict(
    { promptTokens, params, n = 1, caller = '' }: CostInputs,
    maxNewTokens: number,
    contextLength: number,
  ): RequestCost {
    const room = Math.max(0, contextLength - promptTokens);
    const mostTokens = n * Math.min(params?.maxNewTokens ?? maxNewTokens, room);
    return {
      caller,
      answers: n,
      promptTokens,
      answerTokens: mostTokens * this.outputLengths.shareOf(caller),
      maxTokens: promptTokens + mostTokens,
    };
  }

  /** Learns from one answer that ended. */
  learn(predicted: RequestCost, { completionTokens }: Usage): void {
    const mostTokens = (predicted.maxTokens - predicted.promptTokens) / predicted.answers;
    this.outputLengths.learn(predicted.caller, Math.min(1, completionTokens / mostTokens));
  }
}
