import type { FinishReason } from '@frontier/inference';

export const STOP_REASONS = ['end_turn', 'max_tokens', 'stop_sequence', 'tool_use'] as const;

export type StopReason = (typeof STOP_REASONS)[number];

/**
 * The reason for the end of an answer.
 * @param stop the stop sequence that ended it
 * @param calls calls that are complete
 */
export function stopReason(reason: FinishReason, stop: string | undefined, calls: number): StopReason {
  if (stop !== undefined) return 'stop_sequence';
  if (reason === 'length') return 'max_tokens';
  return calls > 0 ? 'tool_use' : 'end_turn';
}
