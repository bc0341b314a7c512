import type { LiveRequest, Phase } from '../live/live-events.js';
import { generatedAt, type Life, type Part } from './life.js';

/** A shape of a bar; `x` and `width` in pixels of the bar. */
export type Shape =
  | { kind: 'part'; phase: Phase; x: number; width: number; roundLeft: boolean; roundRight: boolean }
  | { kind: 'cached'; x: number; width: number }
  | { kind: 'ticks'; xs: number[] }
  | { kind: 'cap'; tone: 'left' | 'bad'; x: number }
  | { kind: 'refused'; x: number }
  | { kind: 'diamond'; filled: boolean; x: number };

const GAP = 2;
const MIN_WIDTH = 3;
const CACHED_WIDTH = 5;
const CAP_WIDTH = 3;
const MIN_TICK = 12;
/** Tokens that a tick stands for. */
const TICK_TOKENS = [1, 8, 32, 128, 512] as const;
/** `checks` is drawn from this share of the bar on. */
const MIN_CHECKS = 0.01;

/**
 * The shapes of a bar, from left to right; later ones lie above.
 * @param x the pixel of a time, in ms from the request's receipt
 * @param openToMs where a running request's last part ends: beyond now where the bar is cut off there
 */
export function shapesOf(
  request: LiveRequest,
  life: Life,
  x: (ms: number) => number,
  openToMs = life.durationMs,
): Shape[] {
  if (life.shared) return [{ kind: 'diamond', filled: life.shared === 'hit', x: x(life.durationMs) }];
  const drawn = life.parts.filter((part) => isDrawn(part, life));
  if (life.end === 'refused' && !drawn.some(({ phase }) => phase !== 'checks' && phase !== 'queue')) {
    return [...queueOf(drawn, life, x), { kind: 'refused', x: x(life.durationMs) }];
  }
  const shapes: Shape[] = [];
  let left = -Infinity;
  for (const [i, part] of drawn.entries()) {
    const isLast = i === drawn.length - 1;
    const end = isLast && life.end === 'open' ? openToMs : part.toMs;
    const from = Math.max(x(part.fromMs), left);
    const width = Math.max(MIN_WIDTH, x(end) - from - (isLast ? 0 : GAP));
    left = from + width + GAP;
    shapes.push({
      kind: 'part',
      phase: part.phase,
      x: from,
      width,
      roundLeft: i === 0,
      roundRight: isLast && life.end === 'good',
    });
    if (part.phase === 'prompt' && (request.cached_tokens ?? 0) > 0) {
      shapes.push({ kind: 'cached', x: from, width: Math.min(CACHED_WIDTH, width) });
    }
    if (part.phase === 'tokens') {
      const xs = ticksOf(request, part, x).filter((tick) => tick > from + 1 && tick < from + width - 1);
      if (xs.length > 0) shapes.push({ kind: 'ticks', xs });
    }
  }
  if (life.end === 'left') shapes.push({ kind: 'cap', tone: 'left', x: Math.max(left, x(life.durationMs)) });
  if (life.end === 'error' || life.end === 'refused') {
    shapes.push({ kind: 'cap', tone: 'bad', x: Math.max(left, x(life.durationMs)) });
  }
  return shapes;
}

/** Pixels that a bar may need beyond the time of its end. */
export const END_WIDTH = CAP_WIDTH + GAP;

function isDrawn({ phase, fromMs, toMs }: Part, { durationMs }: Life): boolean {
  return phase !== 'checks' || toMs - fromMs >= durationMs * MIN_CHECKS;
}

function queueOf(parts: Part[], { durationMs }: Life, x: (ms: number) => number): Shape[] {
  const queue = parts.find(({ phase }) => phase === 'queue');
  if (!queue) return [];
  const width = x(durationMs) - x(queue.fromMs) - GAP;
  if (width < MIN_WIDTH) return [];
  return [{ kind: 'part', phase: 'queue', x: x(queue.fromMs), width, roundLeft: true, roundRight: false }];
}

/** A tick each N tokens, at the time when they were there; N is the least that keeps ticks apart. */
function ticksOf(request: LiveRequest, { fromMs, toMs, tokens }: Part, x: (ms: number) => number): number[] {
  if (!tokens) return [];
  const [first, last] = [generatedAt(request, fromMs), generatedAt(request, toMs)];
  const pixels = x(toMs) - x(fromMs);
  const each = TICK_TOKENS.find((size) => (pixels / tokens) * size >= MIN_TICK) ?? TICK_TOKENS.at(-1)!;
  const ticks: number[] = [];
  for (let token = (Math.floor(first / each) + 1) * each; token < last; token += each) {
    const ms = whenGenerated(request, token, fromMs, toMs);
    ticks.push(Math.round(x(ms)));
  }
  return ticks;
}

/** The time at which a count of tokens was reached, between two moments. */
function whenGenerated(request: LiveRequest, token: number, fromMs: number, toMs: number): number {
  let [low, high] = [fromMs, toMs];
  // Within a tenth of a millisecond of a life of minutes.
  for (let i = 0; i < 24; i += 1) {
    const middle = (low + high) / 2;
    if (generatedAt(request, middle) < token) low = middle;
    else high = middle;
  }
  return high;
}
