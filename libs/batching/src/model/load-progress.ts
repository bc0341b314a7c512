/** How far a model is on its way. */
export interface LoadProgress {
  phase: 'downloading' | 'loading';
  /** In bytes. */
  done: number;
  /** In bytes; `null` where it is not known yet. */
  total: number | null;
  /** Bytes per second; `null` where it is not known yet. */
  perSecond: number | null;
}
