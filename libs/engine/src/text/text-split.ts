/** The treatment of the parts of a text that a pattern matches. */
export type SplitBehavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

export const SPLIT_BEHAVIORS: readonly string[] = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] satisfies SplitBehavior[];

interface Segment {
  from: number;
  to: number;
  isMatch: boolean;
}

/**
 * Cuts a text at the matches of a pattern, as `NormalizedString::split` of the tokenizers library
 * (https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/tokenizer/normalizer.rs).
 * @param pattern global
 * @param invert takes what does not match for matches
 */
export function splitText(text: string, pattern: RegExp, behavior: SplitBehavior, invert = false): string[] {
  const pieces = grouped(segments(text, pattern, invert), behavior);
  return pieces.filter(({ from, to }) => to > from).map(({ from, to }) => text.slice(from, to));
}

function segments(text: string, pattern: RegExp, invert: boolean): Segment[] {
  const found: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) found.push({ from: end, to: match.index, isMatch: invert });
    end = match.index + match[0].length;
    found.push({ from: match.index, to: end, isMatch: !invert });
  }
  if (end < text.length) found.push({ from: end, to: text.length, isMatch: invert });
  return found;
}

function grouped(all: Segment[], behavior: SplitBehavior): Segment[] {
  switch (behavior) {
    case 'Isolated':
      return all;
    case 'Removed':
      return all.filter(({ isMatch }) => !isMatch);
    case 'Contiguous':
      return merged(all, (segment, last) => segment.isMatch === last.isMatch);
    case 'MergedWithPrevious':
      return merged(all, (segment, last) => segment.isMatch && !last.isMatch);
    case 'MergedWithNext':
      return merged(all, (segment, last) => !segment.isMatch && last.isMatch);
  }
}

/** Adds segments to the one before them; a group counts as what its newest segment is. */
function merged(all: Segment[], belongs: (segment: Segment, last: Segment) => boolean): Segment[] {
  const groups: Segment[] = [];
  for (const segment of all) {
    const last = groups.at(-1);
    if (last && belongs(segment, last)) Object.assign(last, { to: segment.to, isMatch: segment.isMatch });
    else groups.push({ ...segment });
  }
  return groups;
}
