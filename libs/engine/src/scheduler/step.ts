import type { BatchPlan } from '../runner/model-runner.js';
import type { Sequence } from '../sequence/sequence.js';

/** The work of one step: one forward pass of the model. */
export type Step = DecodeStep | VerifyStep | PrefillStep;

/** One token for each sequence of a group. */
export interface DecodeStep {
  kind: 'decode';
  sequences: readonly Sequence[];
  /** The plan that the runner must carry out before this pass; on the first step of a round. */
  plan?: BatchPlan;
}

/** The last token of a sequence, and those that it will probably sample next. */
export interface VerifyStep {
  kind: 'verify';
  sequence: Sequence;
  draft: readonly number[];
  /** As of a {@link DecodeStep}. */
  plan?: BatchPlan;
}

/**
 * The prompt tokens `[from, to)` of one sequence, or some stages of them; those between what its slot has and `from` come from the prefix cache. None
 * are left to compute where a long part is copied beside decoding sequences.
 */
export interface PrefillStep {
  kind: 'prefill';
  sequence: Sequence;
  from: number;
  to: number;
  stages: PromptStages;
}

/** The stages `[from, to)` of all those that a piece of a prompt is divided into. */
export interface PromptStages {
  from: number;
  to: number;
  all: number;
}

/** True if a step begins a piece of a prompt, and if it completes one. */
export function begins({ stages }: PrefillStep): boolean {
  return stages.from === 0;
}

export function completes({ stages }: PrefillStep): boolean {
  return stages.to === stages.all;
}

/** The sequences that a step works for. */
export function membersOf(step: Step): Sequence[] {
  if (step.kind === 'decode') return [...step.sequences];
  if (step.kind === 'verify') return [step.sequence];
  return [step.sequence, ...step.sequence.siblings];
}
