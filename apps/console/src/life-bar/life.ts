import type { LiveRequest, Phase } from '../live/live-events.js';

/** A phase of a request's life. Times are ms from its receipt, on the server's clock. */
export interface Part {
  phase: Phase;
  fromMs: number;
  toMs: number;
  /** Tokens that came in it: of `tokens` generated ones, of `prompt` computed ones. */
  tokens: number | null;
}

/** The end of a bar. */
type End = 'open' | 'good' | 'left' | 'error' | 'refused';

/** A request's life as its bar shows it. */
export interface Life {
  parts: Part[];
  durationMs: number;
  end: End;
  /** A whole answer from the cache, or one that is shared with a request that came before. */
  shared: 'hit' | 'coalesced' | null;
}

/** @param now on the server's clock, in ms since 1970 */
export function lifeOf(request: LiveRequest, now: number): Life {
  const durationMs = request.end ? request.end.ms : Math.max(0, now - request.at);
  const parts = request.seg.map(([phase, fromMs], i): Part => {
    const toMs = Math.min(durationMs, request.seg[i + 1]?.[1] ?? durationMs);
    return { phase, fromMs: Math.min(fromMs, toMs), toMs, tokens: tokensIn(request, phase, fromMs, toMs) };
  });
  return { parts, durationMs, end: endOf(request), shared: sharedOf(request) };
}

function tokensIn(request: LiveRequest, phase: Phase, fromMs: number, toMs: number): number | null {
  if (phase === 'prompt') return request.prefilled;
  if (phase !== 'tokens') return null;
  return Math.max(0, Math.round(generatedAt(request, toMs) - generatedAt(request, fromMs)));
}

/** Tokens that were generated until a moment, between the samples in proportion. */
export function generatedAt({ seg, samples, generated, end }: LiveRequest, ms: number): number {
  let [beforeMs, before] = [seg.find(([phase]) => phase === 'tokens')?.[1] ?? 0, 0];
  if (ms <= beforeMs) return 0;
  for (const [sampleMs, sample] of samples) {
    if (sampleMs >= ms) {
      return sampleMs === beforeMs ? sample : before + ((sample - before) * (ms - beforeMs)) / (sampleMs - beforeMs);
    }
    [beforeMs, before] = [sampleMs, sample];
  }
  // The last sample may be older than the count.
  if (end && end.ms > beforeMs)
    return before + (generated - before) * Math.min(1, (ms - beforeMs) / (end.ms - beforeMs));
  return generated;
}

function endOf({ end }: LiveRequest): End {
  if (!end) return 'open';
  if (end.status === 499) return 'left';
  if (end.status < 400 && !end.error) return 'good';
  return end.status === 429 || end.status === 503 ? 'refused' : 'error';
}

function sharedOf({ cache }: LiveRequest): Life['shared'] {
  if (cache === 'HIT') return 'hit';
  return cache === 'COALESCED' ? 'coalesced' : null;
}

/** Time of the first token, in ms from the receipt; null without one. */
export function firstTokenMs({ parts }: Life): number | null {
  return parts.find(({ phase }) => phase === 'tokens')?.fromMs ?? null;
}

/** Tokens a second while tokens come; null before there is enough to tell. */
export function tokensPerSecond(request: LiveRequest, life: Life): number | null {
  const ms = life.parts
    .filter(({ phase }) => phase === 'tokens')
    .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  // The first token ends the prompt's phase: the time belongs to those after it.
  return ms < 20 || request.generated < 2 ? null : ((request.generated - 1) / ms) * 1000;
}
