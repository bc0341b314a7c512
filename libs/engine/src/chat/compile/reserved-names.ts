import type { Value } from '../python/values.js';

/** Names of constants. */
export const CONSTANTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** Words that the parser takes for names where they cannot stand. */
export const WORDS: ReadonlySet<string> = new Set(['and', 'elif', 'else', 'if', 'in', 'is', 'not', 'or']);

/** True if a template may give the name a value. */
export const isAssignable = (name: string): boolean => !CONSTANTS.has(name) && !WORDS.has(name) && name !== 'loop';
