import type { CharacterSet } from './character-set.js';

/** A regular expression as a tree. */
export type Pattern =
  | { kind: 'characters'; set: CharacterSet }
  | { kind: 'sequence'; parts: readonly Pattern[] }
  | { kind: 'choice'; options: readonly Pattern[] }
  | { kind: 'repeat'; of: Pattern; min: number; max: number }
  /** The place before the first character, or behind the last. */
  | { kind: 'start' }
  | { kind: 'end' }
  /** What follows there matches another one, or does not. */
  | { kind: 'lookahead'; of: Pattern; isNegative: boolean };

/** A regular expression that is wrong, too large, or of a kind that is not supported. */
export class PatternError extends Error {}
