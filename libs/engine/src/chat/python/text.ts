import type { Budget } from './budget.js';

/** Python's `str.isspace`, which is not JavaScript's `\s`: with the separators U+001C to U+001F and U+0085, without U+FEFF. */
export const SPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);
const SPACE_ONLY = new RegExp(`^[${SPACE}]+$`);
const WORDS = new RegExp(`[^${SPACE}]+`, 'g');
const IS_SPACE = new RegExp(`[${SPACE}]`);
const LINES = new RegExp(String.raw`\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]`, 'g');
const SURROGATE = /[\ud800-\udfff]/;

export const isSpace = (text: string): boolean => SPACE_ONLY.test(text);

/** Code points as texts. Most texts have none beyond the BMP and are indexed as they are. */
export function codePoints(text: string, budget: Budget): string | string[] {
  budget.characters(text.length);
  return SURROGATE.test(text) ? Array.from(text) : text;
}

export function lengthOf(text: string, budget: Budget): number {
  return text.length < 2 ? text.length : codePoints(text, budget).length;
}

export type Ends = 'both' | 'left' | 'right';

/** `str.strip` and its family; without `chars`, white space. */
export function strip(text: string, ends: Ends, chars: string | null = null): string {
  if (chars === null) {
    const left = ends === 'right' ? text : text.replace(LEADING_SPACE, '');
    if (ends === 'left') return left;
    let end = left.length;
    while (end > 0 && IS_SPACE.test(left[end - 1]!)) end--;
    return left.slice(0, end);
  }
  const set = new Set(chars);
  if (!SURROGATE.test(text)) {
    let [start, end] = [0, text.length];
    if (ends !== 'right') while (start < end && set.has(text[start]!)) start++;
    if (ends !== 'left') while (end > start && set.has(text[end - 1]!)) end--;
    return text.slice(start, end);
  }
  const points = Array.from(text);
  let [start, end] = [0, points.length];
  if (ends !== 'right') while (start < end && set.has(points[start]!)) start++;
  if (ends !== 'left') while (end > start && set.has(points[end - 1]!)) end--;
  return points.slice(start, end).join('');
}

/** `str.split`: with `separator` null, at runs of white space. `limit` below 0 is none. */
export function split(text: string, separator: string | null, limit: number): string[] {
  if (separator === null) {
    const parts: string[] = [];
    WORDS.lastIndex = 0;
    for (let word = WORDS.exec(text); word; word = WORDS.exec(text)) {
      if (parts.length === limit) {
        parts.push(text.slice(word.index));
        return parts;
      }
      parts.push(word[0]);
    }
    return parts;
  }
  const parts = text.split(separator);
  if (limit >= 0 && parts.length > limit + 1) parts.push(parts.splice(limit).join(separator));
  return parts;
}

/** `str.rsplit`: as `split`, with its limit counted from the end. */
export function splitFromEnd(text: string, separator: string | null, limit: number): string[] {
  if (limit < 0) return separator === null ? split(text, null, -1) : splitAtLast(text, separator, Infinity);
  if (separator !== null) return splitAtLast(text, separator, limit);
  const words = [...text.matchAll(WORDS)];
  if (words.length <= limit) return words.map(([word]) => word);
  const kept = limit === 0 ? [] : words.slice(-limit);
  const last = words[words.length - kept.length - 1]!;
  return [text.slice(0, last.index + last[0].length), ...kept.map(([word]) => word)];
}

/** From the end, for overlapping separators are found elsewhere than from the start: 'aaa' at 'aa'. */
function splitAtLast(text: string, separator: string, limit: number): string[] {
  const parts: string[] = [];
  let end = text.length;
  while (parts.length < limit && end >= separator.length) {
    const at = text.lastIndexOf(separator, end - separator.length);
    if (at < 0) break;
    parts.push(text.slice(at + separator.length, end));
    end = at;
  }
  parts.push(text.slice(0, end));
  return parts.toReversed();
}

export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const end of text.matchAll(LINES)) {
    const next = end.index + end[0].length;
    lines.push(text.slice(start, keepEnds ? next : end.index));
    start = next;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Order by code points; UTF-16 puts what is beyond the BMP before U+E000. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === length) return left.length - right.length;
  return rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
}

const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
