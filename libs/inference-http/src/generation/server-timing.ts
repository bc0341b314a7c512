import type { PhaseDurations } from '@frontier/inference';

/** The `Server-Timing` header (https://www.w3.org/TR/server-timing/) of the phases that are known. */
export function serverTiming({ queueMs, prefillMs, decodeMs }: Partial<PhaseDurations>): string {
  return Object.entries({ queue: queueMs, prefill: prefillMs, decode: decodeMs })
    .filter(([, duration]) => duration !== undefined)
    .map(([phase, duration]) => `${phase};dur=${duration!.toFixed(1)}`)
    .join(', ');
}
