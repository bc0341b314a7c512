import type { SequenceOutput } from '@frontier/engine';

/** A piece of one request's answer. */
export type GenerationEvent = Omit<SequenceOutput, 'id' | 'error'>;

/** The end of a generation. */
export type GenerationEnd<E = GenerationEvent> =
  | { kind: 'finished'; events: readonly E[] }
  | { kind: 'failed'; error: unknown }
  /** The last reader left. `hasStalled`: it had waited for its next piece in vain, for long. */
  | { kind: 'abandoned'; hasStalled: boolean };

/** The progress of a generation: no step has worked on it, its prompt is computed, its answers are written. */
export type GenerationPhase = 'queued' | 'prefill' | 'decode';
