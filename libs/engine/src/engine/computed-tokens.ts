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
  if (step.kind === 'prefill')
    return { tokens: tokensAfter(step, step.stages.to) - tokensAfter(step, step.stages.from) };
  // An output that is an error has no token.
  const tokens = Math.max(1, outputs.filter(({ error }) => !error).length);
  return { tokens, speculation: { drafted: step.draft.length, accepted: acceptedOf(step) - acceptedBefore } };
}

/** The prompt tokens of a step's sequence that are computed after it. */
export function prefilledBy(step: PrefillStep): StepReport['prefilled'] {
  const { id, cachedTokens } = step.sequence;
  return { id, promptTokens: step.from + tokensAfter(step, step.stages.to), cachedTokens };
}

/** Tokens of a step's piece after so many stages: as large a part of them as of its stages. */
function tokensAfter({ from, to, stages }: PrefillStep, computed: number): number {
  return Math.floor(((to - from) * computed) / stages.all);
}

/** Tokens of drafts that the sequence of a step has accepted so far. */
export function acceptedOf(step: Step): number {
  return step.kind === 'verify' ? step.sequence.predictions.accepted : 0;
}
