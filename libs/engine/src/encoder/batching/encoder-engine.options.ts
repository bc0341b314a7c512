/** Options of an encoder's batches; defaults are {@link DEFAULT_ENCODER_OPTIONS}. */
export interface EncoderEngineOptions {
  /** Texts of a pass at most. */
  maxBatchSize: number;
  /** A pass waits for more texts so long at most, after the first has come (see `FlushPolicy`). */
  flushTimeoutMs?: number;
  /** Requests that wait at most. */
  maxWaiting?: number;
  /** A waiting request rises by one priority after each of these. */
  ageingMs?: number;
  /** The time that a pass should take at most; a text that takes longer is computed alone. */
  passMs?: number;
}

export const DEFAULT_ENCODER_OPTIONS = { flushTimeoutMs: 20, maxWaiting: 512, ageingMs: 10_000, passMs: 30 } as const;
