import { Injectable } from '@nestjs/common';
import { BatchingService } from '@frontier/batching';
import type { ChatMessage } from '@frontier/engine';
import { closedThoughts } from './answer/closed-thoughts.js';
import type { Completion } from './generation/completion.js';
import { decisionsUnsupported } from './inference.errors.js';
import { ModelRegistry } from './model-registry.js';
import type { GenerateRequest } from './request/generate-request.js';
import { type ModelUse, TextService } from './text.service.js';
import { type Distribution, distribution } from './decision/distribution.js';
import { LabelTokens } from './decision/label-tokens.js';
import { asked, type AskedQuestion, type Question } from './decision/question.js';

/** Questions that are ready to be answered. */
export interface Decisions {
  /** One for each question, of one token each; they begin with the same tokens, which a prefix cache computes once. */
  requests: GenerateRequest[];
  /** Reads what they were completed with, in their order. */
  read(completions: readonly Completion[]): Distribution[];
}

/**
 * Answers questions about a conversation with probabilities: each is written behind it, and the next token's probabilities are read at the
 * labels of its answers. No text is generated.
 */
@Injectable()
export class DecisionService {
  private readonly labels = new LabelTokens();

  constructor(
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
    private readonly texts: TextService,
  ) {}

  /**
   * Prepares questions for `InferenceService.complete`.
   * @throws `decisions_unsupported` where a label is no single token of the model, and as `TextService.chatPrompt`
   */
  async prepare(
    use: ModelUse,
    messages: readonly ChatMessage[],
    questions: readonly Question[],
    settings: Omit<GenerateRequest, 'prompt' | 'params'>,
  ): Promise<Decisions> {
    const { name } = this.models.get(use.model, use.principal);
    return this.batching.using(name, use.deadline, () => this.write(use, messages, questions, settings));
  }

  private async write(
    use: ModelUse,
    messages: readonly ChatMessage[],
    questions: readonly Question[],
    settings: Omit<GenerateRequest, 'prompt' | 'params'>,
  ): Promise<Decisions> {
    const tokens: number[][][] = [];
    const requests: GenerateRequest[] = [];
    for (const question of questions.map(asked)) {
      const labels = await this.tokensOf(use, question);
      const chat = await this.texts.chatPrompt(use, withQuestion(messages, question.text), {
        variables: { enable_thinking: false },
      });
      tokens.push(labels);
      requests.push({
        ...settings,
        prompt: closedThoughts(chat),
        addSpecialTokens: chat.addSpecialTokens,
        params: oneOf(labels.flat()),
      });
    }
    return {
      requests,
      read: (completions) =>
        completions.map(({ choices }, i) => distribution(tokens[i], choices[0].logprobs[0].listed ?? [])),
    };
  }

  private async tokensOf(use: ModelUse, { labels }: AskedQuestion): Promise<number[][]> {
    const { name } = this.models.get(use.model, use.principal);
    const engine = this.batching.engine(name);
    const { fingerprint } = engine.info();
    const all: number[][] = [];
    for (const label of labels) {
      const tokens = await this.labels.of(engine, fingerprint, label);
      if (tokens.length === 0) throw decisionsUnsupported(name, label[0]);
      all.push(tokens);
    }
    return all;
  }
}

/** The next token alone, one of the labels, with the log probabilities of all of them. */
function oneOf(tokens: readonly number[]): GenerateRequest['params'] {
  return {
    maxNewTokens: 1,
    temperature: 0,
    topLogprobs: 0,
    logprobTokens: tokens,
    allowedTokenIds: tokens,
    ignoreEos: true,
    promptLookup: 0,
    stop: [],
    stopTokenIds: [],
    logitsProcessors: [],
  };
}

/** A conversation that ends with a question: templates may want users and assistants to take turns. */
function withQuestion(messages: readonly ChatMessage[], text: string): ChatMessage[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: text }];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${text}` }];
}
