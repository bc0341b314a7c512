import { count } from '../format/numbers.js';
import type { Life, Part } from '../life-bar/life.js';
import type { LiveRequest, Phase } from '../live/live-events.js';

/** A line of the table of phases. */
interface PhaseRow {
  phase: Phase;
  fromMs: number;
  ms: number;
  tokens: string | null;
  /** Tokens a second. */
  rate: number | null;
  why: string;
}

export function phaseRows(request: LiveRequest, life: Life): PhaseRow[] {
  return life.parts.map((part, i) => {
    const ms = part.toMs - part.fromMs;
    const isLast = i === life.parts.length - 1;
    return {
      phase: part.phase,
      fromMs: part.fromMs,
      ms,
      ...tokensOf(request, part, ms),
      why: whyOf(request, part, isLast),
    };
  });
}

function tokensOf(request: LiveRequest, { phase, tokens }: Part, ms: number): Pick<PhaseRow, 'tokens' | 'rate'> {
  if (phase === 'prompt' && request.prompt_tokens !== null) {
    const computed = Math.max(0, (request.prefilled ?? 0) - (request.cached_tokens ?? 0));
    const rate = ms > 0 && computed > 0 ? (computed / ms) * 1000 : null;
    return { tokens: `${count(request.prefilled)} of ${count(request.prompt_tokens)}`, rate };
  }
  if (phase !== 'tokens' || tokens === null) return { tokens: null, rate: null };
  return { tokens: count(tokens), rate: ms > 0 && tokens > 0 ? (tokens / ms) * 1000 : null };
}

function whyOf(request: LiveRequest, { phase }: Part, isLast: boolean): string {
  const { end, place, cached_tokens: cached, prompt_tokens: prompt } = request;
  if (isLast && end?.error) return `${end.error} (${end.status})`;
  if (isLast && end?.status === 499) return 'the caller left';
  switch (phase) {
    case 'checks':
      return 'key, limits, body, text to tokens';
    case 'queue':
      if (!place) return '';
      return place === 1
        ? 'it was the first in the queue'
        : `${count(place - 1)} ${place === 2 ? 'was' : 'were'} before it`;
    case 'prompt':
      return cached ? `${count(cached)} of ${count(prompt)} from the prefix cache` : 'none from cache';
    case 'preempted':
      return 'made room for others';
    case 'tokens':
      return isLast && end?.reason
        ? ({ stop: 'the model ended it', length: 'the limit of tokens' }[end.reason] ?? '')
        : '';
    case 'compute':
      return 'passes of the encoder';
  }
}
