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
  return events.reduce(
    (sum, { logprobs, promptLogprobs }) => sum + 1 + probabilities(logprobs) + probabilities(promptLogprobs),
    0,
  );
}

/** The first token of a prompt has no likely ones in its place. */
function probabilities(logprobs: GenerationEvent['logprobs'] | GenerationEvent['promptLogprobs'] = []): number {
  return logprobs.length * (1 + (logprobs.at(-1)?.top.length ?? 0));
}

/** Durations of the computation do not hold for an answer that is read. */
function withoutDurations(event: GenerationEvent): GenerationEvent {
  const finished = event.finished && { ...event.finished, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
  const started = event.started && { ...event.started, queueMs: 0, prefillMs: 0 };
  return { ...event, started, finished };
}
