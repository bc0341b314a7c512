import type { GenerationEvent } from '@frontier/batching';
import type { FinishReason, PhaseDurations, PromptLogprobs, TokenLogprobs, Usage } from '@frontier/engine';
import type { GenerationHead, GenerationStream } from './generation-stream.js';

/** One of the continuations of a prompt. */
export interface Choice {
  /** Without the prompt. */
  text: string;
  finishReason: FinishReason;
  /** The request's stop string that ended it, where one did. */
  stop?: string;
  /** Log probabilities of its tokens, where the request asks for them. */
  logprobs: TokenLogprobs[];
}

/** A whole answer. */
export interface Completion extends Pick<GenerationHead, 'model' | 'cache' | 'tokenLimit'> {
  choices: [Choice, ...Choice[]];
  /** Of the prompt's tokens, where the request asks for them. */
  promptLogprobs?: readonly PromptLogprobs[];
  /** The prompt once, and all continuations. */
  usage: Usage;
  /** Of the last continuation, where it was computed for this request. */
  durations?: PhaseDurations;
}

/**
 * Reads a stream to its end.
 * @param n answers to the prompt
 */
export async function collect(stream: GenerationStream, n: number): Promise<Completion> {
  const choices: Choice[] = Array.from({ length: n }, () => ({ text: '', finishReason: 'stop', logprobs: [] }));
  const usage: Usage = { promptTokens: 0, completionTokens: 0 };
  let last: GenerationEvent['finished'];
  let promptLogprobs: Completion['promptLogprobs'];
  await stream.forEach(({ index, text, logprobs, finished, ...event }) => {
    promptLogprobs ??= event.promptLogprobs;
    const choice = choices[index];
    choice.text += text;
    if (logprobs) choice.logprobs.push(...logprobs);
    if (!finished) return;
    choice.finishReason = finished.reason;
    if (finished.stop !== undefined) choice.stop = finished.stop;
    usage.promptTokens = finished.usage.promptTokens;
    usage.cachedTokens = finished.usage.cachedTokens;
    usage.completionTokens += finished.usage.completionTokens;
    const predictions = sum(usage.predictions, finished.usage.predictions);
    if (predictions) usage.predictions = predictions;
    last = finished;
  });
  if (!last) throw new Error('Bug: a generation ended without a result or an error.');
  const { model, cache, tokenLimit, started } = stream;
  const durations = started && last.durations;
  return {
    model,
    cache,
    tokenLimit,
    choices: choices as Completion['choices'],
    usage,
    durations,
    ...(promptLogprobs && { promptLogprobs }),
  };
}

function sum(a: Usage['predictions'], b: Usage['predictions']): Usage['predictions'] {
  return a && b ? { accepted: a.accepted + b.accepted, rejected: a.rejected + b.rejected } : (a ?? b);
}
