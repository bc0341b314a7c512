/** Progress of a download. */
export interface LoadProgress {
  phase: 'downloading';
  /** In bytes. */
  done: number;
  /** In bytes. */
  total: number;
  /** Bytes per second; `null` where it is not known yet. */
  perSecond: number | null;
}
