/** A text up to the first of some marks. */
interface MarkedText {
  /** The text before the mark or, without one, before what may be the beginning of one. */
  before: string;
  mark: string | undefined;
  /** The text behind the mark, or the beginning of one. */
  rest: string;
}

/** Cuts a text, of which more may come, at the first of some marks. */
export function atFirstMark(text: string, marks: readonly string[]): MarkedText {
  let first: { at: number; mark: string } | undefined;
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at >= 0 && (first === undefined || at < first.at)) first = { at, mark };
  }
  if (first) {
    return { before: text.slice(0, first.at), mark: first.mark, rest: text.slice(first.at + first.mark.length) };
  }
  const open = Math.max(...marks.map((mark) => lengthOfBeginning(text, mark)));
  return { before: text.slice(0, text.length - open), mark: undefined, rest: text.slice(text.length - open) };
}

/** Characters of the longest end of a text with which a mark may begin. */
function lengthOfBeginning(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
