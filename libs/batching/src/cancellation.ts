import { channel } from 'node:diagnostics_channel';
import type { GenerationPhase } from './generation.js';

/** What {@link cancellationChannel} carries. */
export interface Cancellation {
  model: string;
  phase: GenerationPhase;
}

/** Publishes a {@link Cancellation} for each generation that ended because nobody waited for it (`node:diagnostics_channel`). */
export const cancellationChannel = channel('frontier.engine.cancellation');
