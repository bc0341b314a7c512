import type { LoadProgress } from '../model/load-progress.js';

/**
 * When a model is in memory: `keep` from the start of the server on; `on_demand` from the first request for it, until the
 * memory is wanted for another one.
 */
export type ResidencyPolicy = 'keep' | 'on_demand';

/** When a model is in memory, and for how long. */
export interface Residency {
  policy: ResidencyPolicy;
  /** A model that is loaded on demand leaves after so long without a request; default: it stays for as long as nobody needs its memory. */
  idleMs?: number | undefined;
}

/** Status of a model's residency. */
export type ResidencyStatus = 'unloaded' | 'loading' | 'ready' | 'unloading' | 'failed';

/** A load that has failed. */
export interface LoadFailure {
  code: string;
  message: string;
  /** Requests may try again from then on, in milliseconds since 1970; `null`: only the operator. */
  retryAt: number | null;
}

/** The state of a model's place in memory. */
export interface ResidencyReport {
  status: ResidencyStatus;
  policy: ResidencyPolicy;
  /** Since when, in milliseconds since 1970. */
  since: number;
  /** Bytes that it was expected to take, about; `null` where no load has begun. */
  estimate: number | null;
  /** When it leaves if no request comes, in milliseconds since 1970. */
  idleUnloadAt: number | null;
  progress?: LoadProgress;
  failure?: LoadFailure;
}
