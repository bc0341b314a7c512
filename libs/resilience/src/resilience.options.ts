import { ConfigurableModuleBuilder } from '@nestjs/common';

/** Options of a circuit breaker; defaults: {@link DEFAULT_BREAKER_OPTIONS}. */
export interface BreakerOptions {
  /** Faults in a row that open it. */
  failureThreshold?: number;
  /** Time that it stays open before it lets probes through. */
  openMs?: number;
  /** Concurrent calls that it lets through then; all must succeed to close it. */
  halfOpenProbes?: number;
  /** Tells whether an error is a fault of the guarded resource; default {@link isFault}. */
  isFault?: (error: unknown) => boolean;
  /** Publishes its states; default true. False where callers choose the names: each would be a series of its own. */
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

export const ResilienceModuleOptions = Symbol('ResilienceModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<ResilienceModuleOptions>({
  optionsInjectionToken: ResilienceModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** Failures and timeouts are faults; a caller's mistakes and cancellations, and refusals for lack of capacity, are not. */
export function isFault(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'AbortError') return false;
  const status = statusOf(error);
  return status === undefined || (status >= 500 && status !== 503);
}

/** HTTP status of an AppError, or of Nest's HttpException. */
function statusOf(error: Error & { status?: unknown; getStatus?: unknown }): number | undefined {
  const status: unknown = typeof error.getStatus === 'function' ? error.getStatus() : error.status;
  return typeof status === 'number' ? status : undefined;
}
