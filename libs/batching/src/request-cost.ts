import type { GenerationRequest, Usage } from '@frontier/engine';

/** What of a request tells its cost. */
export type CostlyRequest = Pick<GenerationRequest, 'prompt' | 'params' | 'n'>;

/** What a request will probably cost, before its prompt is tokenised. */
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
/** What English text has with most tokenizers; the first answers correct it. */
const FIRST_CHARACTERS_PER_TOKEN = 4;

/** Predicts what requests to one model cost, from what they did cost. */
export class RequestCostModel {
  private charactersPerToken = FIRST_CHARACTERS_PER_TOKEN;
  /** Of the new tokens that an answer may have, the share that answers do have. */
  private answerShare = 1;

  /** @param maxNewTokens what applies where the request does not say */
  predict({ prompt, params, n = 1 }: CostlyRequest, maxNewTokens: number): RequestCost {
    const promptTokens =
      typeof prompt === 'string' ? Math.max(1, Math.round(prompt.length / this.charactersPerToken)) : prompt.length;
    const mostTokens = n * (params?.maxNewTokens ?? maxNewTokens);
    return {
      answers: n,
      promptTokens,
      answerTokens: mostTokens * this.answerShare,
      maxTokens: promptTokens + mostTokens,
    };
  }

  /** Learns from one answer that ended. */
  learn(prompt: CostlyRequest['prompt'], predicted: RequestCost, { promptTokens, completionTokens }: Usage): void {
    const mostTokens = (predicted.maxTokens - predicted.promptTokens) / predicted.answers;
    if (typeof prompt === 'string') {
      this.charactersPerToken += LEARNING_RATE * (prompt.length / promptTokens - this.charactersPerToken);
    }
    this.answerShare += LEARNING_RATE * (Math.min(1, completionTokens / mostTokens) - this.answerShare);
  }
}
