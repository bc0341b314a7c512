import type { GenerationEvent } from '@frontier/batching';
import type { CacheEntries } from './response-cache.js';

/** A larger answer is not kept: stores measure entries by their JSON, which would hold up the event loop. */
const MAX_ENTRIES = 10_000;

/** Generated answers in the cache: as they were streamed, piece by piece. */
export const GENERATION_ENTRIES: CacheEntries<GenerationEvent> = {
  isSmall: (events) => entriesOf(events) <= MAX_ENTRIES,
  toJson: withoutDurations,
  fromJson: (json) => json as GenerationEvent,
};

/** Pieces of an answer, and probabilities in them. */
function entriesOf(events: readonly GenerationEvent[]): number {
  return events.reduce((sum, { logprobs = [] }) => sum + 1 + logprobs.length * (1 + (logprobs[0]?.top.length ?? 0)), 0);
}

/** Durations of the computation do not hold for an answer that is read. */
function withoutDurations(event: GenerationEvent): GenerationEvent {
  const finished = event.finished && { ...event.finished, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
  const started = event.started && { ...event.started, queueMs: 0, prefillMs: 0 };
  return { ...event, started, finished };
}
