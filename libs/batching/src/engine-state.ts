import { channel } from 'node:diagnostics_channel';
import type { ModelInfo } from '@frontier/engine';
import type { SerializedAppError } from '@frontier/errors';

/** Where a model's engine is in its life. */
export type EngineState =
  | { phase: 'loading' }
  | { phase: 'ready'; info: ModelInfo }
  /** The process ended for this reason; the next one loads, or waits for its turn. */
  | { phase: 'restarting'; reason: string }
  /** The model cannot be loaded, now or later. */
  | { phase: 'failed'; error: SerializedAppError }
  | { phase: 'stopped' };

/** What {@link engineStateChannel} carries. */
export interface EngineStateChange {
  model: string;
  state: EngineState;
}

/** Publishes an {@link EngineStateChange} whenever a model's engine changes its state (`node:diagnostics_channel`). */
export const engineStateChannel = channel('frontier.engine.state');
