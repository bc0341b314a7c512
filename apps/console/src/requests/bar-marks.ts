import { duration } from '../format/numbers.js';
import { firstTokenMs, type Life } from '../life-bar/life.js';

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

/** Places a text so that the ends of the bar do not cut it off. */
function placed(at: number, width: number): { side: Mark['side']; from: number; to: number } {
  if (at < width / 2) return { side: 'first', from: at, to: at + width };
  if (at > 1 - width / 2) return { side: 'last', from: at - width, to: at };
  return { side: '', from: at - width / 2, to: at + width / 2 };
}
