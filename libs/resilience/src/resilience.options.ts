/** How a circuit breaker decides; what is left out takes the value of {@link DEFAULT_BREAKER_OPTIONS}. */
export interface BreakerOptions {
  /** Faults without a success between them that open it. */
  failureThreshold?: number;
  /** How long it stays open before calls are let through again, to try. */
  openMs?: number;
  /** Calls at once that it lets through then; all must succeed to close it. */
  halfOpenProbes?: number;
  /** Whether an error is a fault of what is guarded; default {@link isFault}. */
  isFault?: (error: unknown) => boolean;
  /** Whether its states are published; default true. Not where callers choose the names: each would be a series of its own. */
  isPublished?: boolean;
}

export const DEFAULT_BREAKER_OPTIONS = {
  failureThreshold: 5,
  openMs: 60_000,
  halfOpenProbes: 1,
  isFault,
  isPublished: true,
} as const;

/** Options of breakers that name none of their own, for the whole app. */
export type ResilienceModuleOptions = BreakerOptions;

/** Failures and timeouts are faults; a caller's mistakes and cancellations, and refusals for lack of capacity, are not. */
export function isFault(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'AbortError') return false;
  const status = statusOf(error);
  return status === undefined || (status >= 500 && status !== 503);
}

/** The HTTP status of our errors, and of Nest's. */
function statusOf(error: Error & { status?: unknown; getStatus?: unknown }): number | undefined {
  const status: unknown = typeof error.getStatus === 'function' ? error.getStatus() : error.status;
  return typeof status === 'number' ? status : undefined;
}
