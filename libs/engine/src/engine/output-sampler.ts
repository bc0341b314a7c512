import { asEngineError, logitsNotFinite } from '../errors/engine.errors.js';
import type { ForwardOutput, PromptOutput } from '../runner/model-runner.js';
import type { Sampler } from '../sampler/sampler.js';
import type { Sequence } from '../sequence/sequence.js';
import type { SequenceOutput, Usage } from '../sequence/step-report.js';

/** The result of a pass for a sequence that samples now. */
export interface PassResult {
  sequence: Sequence;
  /** Outputs for its last token and for those of a draft, in order. */
  outputs: readonly ForwardOutput[];
  /** Tokens that the outputs after the first one hold for; mostly none. */
  draft: readonly number[];
  /** Keeps the keys and values of as many tokens as were sampled; where there is a draft. */
  keep?: (tokens: number) => void;
}

/** Samples the tokens of sequences out of passes. */
export class OutputSampler {
  constructor(private readonly sampler: Sampler) {}

  /**
   * The outputs of a pass for its sequence, one for each token: the first and, as long as the one before is the draft's, the next. Each is sampled from
   * the model's logits after exactly the tokens before it, as without drafts. The last output is an error where the sequence failed.
   */
  sample({ sequence, outputs, draft, keep }: PassResult): SequenceOutput[] {
    const sampled: SequenceOutput[] = [];
    sequence.predictions.rejected += draft.length;
    for (const [i, next] of outputs.entries()) {
      const output = this.next(next, sequence, draft[i]);
      sampled.push(output);
      if (output.error || output.finished) return sampled;
      if (sequence.lastToken !== draft[i]) break;
    }
    keep?.(sampled.length);
    return sampled;
  }

  /**
   * Adds the log probabilities of the next tokens of a prompt.
   * @param outputs for the tokens from a position on
   */
  readPrompt(sequence: Sequence, from: number, outputs: readonly PromptOutput[]): void {
    const { promptTokens, promptLogprobs, params } = sequence;
    if (from === 0) promptLogprobs.push(this.sampler.withoutLogprob(promptTokens[0]));
    for (const [i, { argmax, logits }] of outputs.entries()) {
      const next = from + i + 1;
      if (next === promptTokens.length) return;
      if (argmax === undefined) throw logitsNotFinite();
      promptLogprobs.push(this.sampler.logprobs(logits, promptTokens[next], params.promptLogprobs!));
    }
  }

  /** @param predicted the token of the draft in this place */
  private next(forward: ForwardOutput, sequence: Sequence, predicted: number | undefined): SequenceOutput {
    const { id, index } = sequence;
    let output: SequenceOutput;
    try {
      const { token, logprobs } = this.sampler.sample(forward, sequence);
      const { text, logprobs: released } = sequence.append(token, logprobs);
      output = { id, index, text, generated: sequence.generated };
      if (released.length > 0) output.logprobs = released;
    } catch (error) {
      return { id, index, text: '', generated: sequence.generated, error: asEngineError(error).serialize() };
    }
    if (sequence.lastToken === predicted) {
      sequence.predictions.accepted++;
      sequence.predictions.rejected--;
    }
    if (sequence.generated === 1) {
      sequence.timings.firstTokenAt = performance.now();
      const { queueMs, prefillMs } = sequence.durations();
      const { promptTokens, cachedTokens } = sequence;
      if (sequence.promptLogprobs.length > 0) output.promptLogprobs = sequence.promptLogprobs;
      output.started = { queueMs, prefillMs, promptTokens: promptTokens.length, cachedTokens };
    }
    if (sequence.finishReason) {
      const { promptTokens, generated, cachedTokens, predictions } = sequence;
      const usage: Usage = { promptTokens: promptTokens.length, completionTokens: generated, cachedTokens };
      if (predictions.accepted + predictions.rejected > 0) usage.predictions = { ...predictions };
      output.finished = { reason: sequence.finishReason, usage, durations: sequence.durations() };
      const { matchedStop } = sequence;
      if (matchedStop !== undefined) output.finished.stop = matchedStop;
    }
    return output;
  }
}
