/**
 * Finds stop strings in text that arrives in pieces. Of several, the one that is complete first wins, and of those the
 * longest; so the result does not depend on where the pieces were cut. The text before the stop string is the result, with
 * the stop string itself where that is wanted.
 */
export class StopMatcher {
  private held = '';
  private matched: string | undefined;

  constructor(
    private readonly stops: readonly string[],
    private readonly isIncluded = false,
  ) {}

  get stopped(): boolean {
    return this.matched !== undefined;
  }

  /** The stop string that was found. */
  get match(): string | undefined {
    return this.matched;
  }

  /** Takes the next piece and returns the text that can no longer become a part of a stop string. */
  push(piece: string): string {
    if (this.stopped) throw new Error('Bug: text was pushed after a stop string.');
    if (this.stops.length === 0) return piece;
    const text = this.held + piece;
    const match = firstMatch(text, this.stops);
    if (match) {
      this.matched = text.slice(match.begin, match.end);
      this.held = '';
      return text.slice(0, this.isIncluded ? match.end : match.begin);
    }
    const keep = possibleBeginning(text, this.stops);
    this.held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }

  /** The text that was held back, once no more will come. */
  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }
}

/** The stop string that ends first; of those that end together, the longest. */
function firstMatch(text: string, stops: readonly string[]): { begin: number; end: number } | undefined {
  let begin = Infinity;
  let end = Infinity;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at === -1) continue;
    const stopEnd = at + stop.length;
    if (stopEnd < end || (stopEnd === end && at < begin)) {
      begin = at;
      end = stopEnd;
    }
  }
  return end === Infinity ? undefined : { begin, end };
}

/** The length of the longest suffix of `text` that a stop string begins with. */
function possibleBeginning(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) {
        longest = length;
        break;
      }
    }
  }
  return longest;
}
