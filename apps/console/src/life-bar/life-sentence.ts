import { count, duration, ordinal, percent, plural } from '../format/numbers.js';
import type { LiveRequest } from '../live/live-events.js';
import { type Life, tokensPerSecond } from './life.js';

/** The first characters of an id, enough to tell requests of a page apart. */
export function shortId(id: string): string {
  return id.replace(/^[a-z]+[-_]/, '').slice(0, 6);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 100 ? 2 : 1);

/**
 * The life in words: "Request 9f3a18, storyteller, chat, running for 9.0 seconds: queue 0.3, prompt 0.7, tokens 3.0, preempted 1.6, tokens 3.4; 604
 * tokens."
 */
export function sentenceOf(request: LiveRequest, life: Life): string {
  const who = [`Request ${shortId(request.id)}`, request.model, request.op].filter(Boolean).join(', ');
  const parts = life.parts
    .filter(({ phase, fromMs, toMs }) => phase !== 'checks' || toMs - fromMs >= life.durationMs / 100)
    .map(({ phase, fromMs, toMs }) => `${phase} ${seconds(toMs - fromMs)}`);
  const cached = request.cached_tokens ? ` ${count(request.cached_tokens)} prompt tokens from cache.` : '';
  const tokens = request.generated > 0 ? `; ${plural(request.generated, 'token')}` : '';
  return `${who}, ${howLong(request, life)}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}${tokens}.${cached}`;
}

function howLong({ end }: LiveRequest, life: Life): string {
  const time = `${seconds(life.durationMs)} seconds`;
  if (life.shared === 'hit') return `answered from the cache in ${time}`;
  if (life.shared === 'coalesced') return `shared the answer of another request, ${time}`;
  if (!end) return `running for ${time}`;
  if (life.end === 'good') return `took ${time}`;
  if (life.end === 'left') return `the caller left after ${time}`;
  const verb = life.end === 'refused' ? 'refused' : 'failed';
  return `${verb} with ${end.status}${end.error ? ` ${end.error}` : ''} after ${time}`;
}

/** A piece of a lane's last column; bold ones are figures. */
interface Fact {
  text: string;
  bold?: boolean;
}

/** The summary at the end of a lane: "604 tok · 94/s", "waits 1.4 s · 3rd", "queue_timeout 503". */
export function factsOf(request: LiveRequest, life: Life): Fact[] {
  const { end } = request;
  if (life.end === 'error' || life.end === 'refused') {
    return [{ text: `${end?.error ?? 'error'} ${end?.status ?? ''}` }];
  }
  const tokens: Fact[] = [{ text: count(request.generated), bold: true }, { text: ' tok' }];
  if (life.end === 'left') return [...tokens, { text: ' · left' }];
  if (life.shared) return [...tokens, { text: life.shared === 'hit' ? ' · from cache' : ' · shared' }];
  if (end) {
    return request.generated === 0
      ? [{ text: duration(end.ms), bold: true }]
      : [...tokens, { text: ` · ${duration(end.ms)}` }];
  }
  return running(request, life, tokens);
}

function running(request: LiveRequest, life: Life, tokens: Fact[]): Fact[] {
  const phase = life.parts.at(-1)?.phase;
  const lasts = (life.parts.at(-1)?.toMs ?? 0) - (life.parts.at(-1)?.fromMs ?? 0);
  if (phase === 'queue') {
    return [{ text: `waits ${duration(lasts)}${request.place ? ` · ${ordinal(request.place)}` : ''}` }];
  }
  if (phase === 'prompt') {
    return [
      { text: 'prompt ' },
      { text: count(request.prefilled ?? 0), bold: true },
      { text: ` of ${count(request.prompt_tokens)}` },
    ];
  }
  if (phase === 'preempted') return [...tokens, { text: ' · preempted' }];
  if (phase === 'compute') return [{ text: `computes ${duration(lasts)}` }];
  if (phase !== 'tokens') return [{ text: 'checks' }];
  const rate = tokensPerSecond(request, life);
  return rate === null ? tokens : [...tokens, { text: ` · ${Math.round(rate)}/s` }];
}

/** The tooltip of a part of the bar: "tokens, 3.00 s, 284 tokens". */
export function partText(request: LiveRequest, life: Life, ms: number): string | undefined {
  const part = life.parts.findLast(({ fromMs }) => fromMs <= ms);
  if (!part || ms > life.durationMs) return undefined;
  const tokens = part.tokens === null ? '' : `, ${plural(part.tokens, 'token')}`;
  const cached =
    part.phase === 'prompt' && request.cached_tokens && request.prompt_tokens
      ? `, ${count(request.cached_tokens)} from cache (${percent(request.cached_tokens / request.prompt_tokens)})`
      : '';
  return `${part.phase}, ${duration(part.toMs - part.fromMs)}${tokens}${cached}`;
}
