import type { FinishReason } from '@frontier/inference';

export type ChatFinishReason = FinishReason | 'tool_calls';

/** The reason for the end of a chat completion. */
export function chatFinishReason(reason: FinishReason, calls: number): ChatFinishReason {
  return reason === 'stop' && calls > 0 ? 'tool_calls' : reason;
}
