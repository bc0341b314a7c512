import { Logger } from '@nestjs/common';
import type { Generation, GenerationEvent } from '@frontier/batching';
import { messageOf } from '@frontier/errors';
import type { AnswerCacheOptions } from './inference.options.js';
import type { RequestIdentity } from './request-identity.js';

/** Of a larger answer the JSON alone, by which stores measure it, would hold up the event loop. */
const MAX_KEPT_ENTRIES = 10_000;

interface KeptAnswer {
  canonical: string;
  keptAt: number;
  /** As they were streamed, piece by piece. */
  events: readonly GenerationEvent[];
}

/** The answers that are always the same: those that are kept, and those that are being computed. */
export class Answers {
  private readonly logger = new Logger('Cache');
  private readonly running = new Map<string, Generation>();

  constructor(private readonly cache: AnswerCacheOptions | undefined) {}

  /** Whether answers are kept. */
  get areKept(): boolean {
    return this.cache !== undefined;
  }

  /** The answer to the same request, if it is kept and not older than `maxAgeMs`. */
  async kept(
    { key, canonical, caller }: RequestIdentity,
    maxAgeMs = Infinity,
  ): Promise<readonly GenerationEvent[] | undefined> {
    try {
      const kept = await this.cache?.store.get<KeptAnswer>({ caller, key });
      if (kept?.canonical !== canonical || Date.now() - kept.keptAt > maxAgeMs) return undefined;
      return kept.events;
    } catch (error) {
      this.logger.warn(`An answer could not be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** The generation that computes the answer to the same request. */
  computing({ key }: RequestIdentity): Generation | undefined {
    return this.running.get(key);
  }

  /** Shares a generation while it runs, and keeps its answer if it ends well. */
  add(identity: RequestIdentity, generation: Generation): void {
    const { key } = identity;
    this.running.set(key, generation);
    generation.onEnd((end) => {
      if (this.running.get(key) === generation) this.running.delete(key);
      if (end.kind === 'finished') void this.keep(identity, end.events);
    });
  }

  /** Forgets what is kept. */
  async clear(): Promise<void> {
    await this.cache?.store.clear();
  }

  /** An answer that could not be kept is an answer all the same. */
  private async keep({ key, canonical, caller }: RequestIdentity, events: readonly GenerationEvent[]): Promise<void> {
    if (entriesOf(events) > MAX_KEPT_ENTRIES) return;
    try {
      const kept: KeptAnswer = { canonical, keptAt: Date.now(), events: events.map(withoutDurations) };
      await this.cache?.store.set({ caller, key }, kept, this.cache.ttlMs);
    } catch (error) {
      this.logger.warn(`An answer could not be kept: ${messageOf(error)}`);
    }
  }
}

/** Pieces of an answer, and probabilities in them. */
function entriesOf(events: readonly GenerationEvent[]): number {
  return events.reduce((sum, { logprobs = [] }) => sum + 1 + logprobs.length * (1 + (logprobs[0]?.top.length ?? 0)), 0);
}

/** How long it took to compute says nothing about an answer that is read. */
function withoutDurations(event: GenerationEvent): GenerationEvent {
  const finished = event.finished && { ...event.finished, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
  const started = event.started && { ...event.started, queueMs: 0, prefillMs: 0 };
  return { ...event, started, finished };
}
