import type { FinishReason, SamplingParams } from '@frontier/engine';
import { split } from './word-tokenizer.js';

/** An answer of a scripted model. */
export interface ScriptedAnswer {
  /** A text is streamed word by word, a list piece by piece; each piece counts as one token. */
  text?: string | readonly string[];
  /** Default `stop`; `length` where `maxNewTokens` cuts the text. */
  finishReason?: FinishReason;
  /** Time before each piece; default 0. */
  delayMs?: number;
  /** Fails the request after the text; without a text, before it begins. */
  error?: Error;
}

/** A request as a script sees it. */
export interface ScriptedRequest {
  prompt: string;
  /** Index of the answer, from 0 on, where the request asks for several. */
  index: number;
  params: SamplingParams;
  /** The principal's id. */
  caller: string;
}

/** One answer to all prompts, answers by prompt, or a function. */
export type AnswerScript =
  string | Readonly<Record<string, string | ScriptedAnswer>> | ((request: ScriptedRequest) => string | ScriptedAnswer);

/**
 * The answer of a script to a request.
 * @throws where the script has none
 */
export function answerOf(script: AnswerScript, request: ScriptedRequest): ScriptedAnswer {
  const answer = typeof script === 'object' ? script[request.prompt] : applied(script, request);
  if (answer === undefined) {
    throw new Error(`No answer is scripted for the prompt "${request.prompt}". Add it to the model's answers.`);
  }
  return typeof answer === 'string' ? { text: answer } : answer;
}

/** The pieces of an answer, cut where the request's `maxNewTokens` ends them. */
export function piecesOf(
  { text = '', finishReason = 'stop' }: ScriptedAnswer,
  { maxNewTokens }: SamplingParams,
): { pieces: readonly string[]; reason: FinishReason } {
  const all = typeof text === 'string' ? split(text) : text;
  if (all.length <= maxNewTokens) return { pieces: all, reason: finishReason };
  return { pieces: all.slice(0, maxNewTokens), reason: 'length' };
}

function applied(
  script: Exclude<AnswerScript, object> | ((request: ScriptedRequest) => string | ScriptedAnswer),
  request: ScriptedRequest,
): string | ScriptedAnswer {
  return typeof script === 'function' ? script(request) : script;
}
