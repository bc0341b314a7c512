import type { PrefillStep, Step } from '../scheduler/step.js';
import type { SequenceOutput, StepReport } from '../sequence/step-report.js';

/**
 * The tokens that a step computed.
 * @param acceptedBefore {@link acceptedOf} the step, before it ran
 */
export function computedBy(
  step: Step,
  outputs: readonly SequenceOutput[],
  acceptedBefore: number,
): Pick<StepReport, 'tokens' | 'speculation'> {
  if (step.kind === 'decode') return { tokens: step.sequences.length };
  if (step.kind === 'prefill') return { tokens: step.to - step.from };
  // An output that is an error has no token.
  const tokens = Math.max(1, outputs.filter(({ error }) => !error).length);
  return { tokens, speculation: { drafted: step.draft.length, accepted: acceptedOf(step) - acceptedBefore } };
}

/** The prompt tokens that are in the slot of a step's sequence. */
export function prefilledBy({ sequence: { id, cachedTokens }, to }: PrefillStep): StepReport['prefilled'] {
  return { id, promptTokens: to, cachedTokens };
}

/** Tokens of drafts that the sequence of a step has accepted so far. */
export function acceptedOf(step: Step): number {
  return step.kind === 'verify' ? step.sequence.predictions.accepted : 0;
}
