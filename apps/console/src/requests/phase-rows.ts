import { count, duration } from '../format/numbers.js';
import { firstTokenMs, type Life, type Part } from '../life-bar/life.js';
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

/** A time below the bar; `at` is its place, 0 to 1, and `side` where its text stands: after it, before it, or around it. */
interface Mark {
  at: number;
  text: string;
  isFirstToken: boolean;
  side: 'first' | 'last' | '';
}

/**
 * Marks whose texts do not touch: the ends of the bar, the first token, then where phases begin.
 * @param room the width of a time, as a share of the bar
 */
export function barMarks(life: Life, room: number): Mark[] {
  const { durationMs, parts } = life;
  if (durationMs <= 0) return [];
  const first = firstTokenMs(life);
  const wanted = [
    { ms: durationMs, text: duration(durationMs), isFirstToken: false },
    ...(first === null ? [] : [{ ms: first, text: `first token ${duration(first)}`, isFirstToken: true }]),
    { ms: 0, text: '0', isFirstToken: false },
    ...parts.map(({ fromMs }) => ({ ms: fromMs, text: duration(fromMs), isFirstToken: false })),
  ];
  const marks: (Mark & { from: number; to: number })[] = [];
  for (const { ms, text, isFirstToken } of wanted) {
    const mark = {
      at: ms / durationMs,
      text,
      isFirstToken,
      ...placed(ms / durationMs, isFirstToken ? room * 2 : room),
    };
    if (marks.every(({ from, to }) => mark.to <= from || to <= mark.from)) marks.push(mark);
  }
  return marks.toSorted((a, b) => a.at - b.at);
}

/** Where a text of a width stands, so that it is not cut off at the ends. */
function placed(at: number, width: number): { side: Mark['side']; from: number; to: number } {
  if (at < width / 2) return { side: 'first', from: at, to: at + width };
  if (at > 1 - width / 2) return { side: 'last', from: at - width, to: at };
  return { side: '', from: at - width / 2, to: at + width / 2 };
}
