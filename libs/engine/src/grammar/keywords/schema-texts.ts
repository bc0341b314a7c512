import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { canonicalJson } from '../schema/json-schema.js';
import type { Automaton } from '../regex/automaton.js';
import { automataByMatches, intersectionOf } from '../regex/combined-automata.js';
import { formatAutomaton, formatTexts, maxLengthOf } from '../texts/formats.js';
import type { LengthRange } from '../texts/length-range.js';
import { PatternError } from '../regex/pattern.js';
import { patternAutomaton } from '../regex/pattern-automaton.js';
import { PatternBudget } from '../regex/pattern-budget.js';
import { TextSet } from '../texts/text-set.js';
import { anyTextAutomaton, otherTextAutomaton, wordAutomaton } from '../regex/word-automaton.js';
import type { PlacedText, TextFacts } from './text-facts.js';

/** Constants that are looked at; the same one several times. */
const MAX_CONSTANTS = 80_000;

/** Different characters of names, about. */
const SYMBOLS_OF_NAMES = 40;

/** The names of properties that are not named, by the regular expressions that match them. */
export interface NameSet {
  texts: TextSet;
  matches: (pattern: string) => boolean;
}

/** Makes the sets of texts that a schema speaks of, within one budget. */
export class SchemaTexts {
  private readonly budget = new PatternBudget();
  private readonly patterns = new Map<string, Automaton>();

  /** Constants that are lists or objects, as texts. */
  private readonly canonicals = new WeakMap<object, string>();
  private constants = 0;

  /** Bytes of their tables. */
  get bytes(): number {
    return this.budget.bytes;
  }

  /**
   * A constant as a text that equal ones have.
   * @throws `invalid_json_schema` where constants are looked at too often
   */
  canonical(value: unknown): string {
    const isCompound = typeof value === 'object' && value !== null;
    let text = isCompound ? this.canonicals.get(value) : undefined;
    if (text === undefined) {
      text = canonicalJson(value);
      if (isCompound) this.canonicals.set(value, text);
    }
    this.constants += 1 + (text.length >>> 6);
    if (this.constants > MAX_CONSTANTS) {
      throw invalidJsonSchema('', `to compare its constants takes more than ${MAX_CONSTANTS} steps`);
    }
    return text;
  }

  /** True if names of so many characters can be kept apart from others, and what a schema must have still finds room. */
  hasRoomFor(characters: number): boolean {
    return this.budget.hasRoomFor(characters * SYMBOLS_OF_NAMES);
  }

  /** @throws `invalid_json_schema` naming what is wrong, too large or not supported */
  pattern(source: string, pointer: string): Automaton {
    let automaton = this.patterns.get(source);
    if (!automaton) {
      automaton = this.placed(pointer, () => patternAutomaton(source, this.budget));
      this.patterns.set(source, automaton);
    }
    return automaton;
  }

  /** True if a text is as some facts say. */
  allows(text: string, { lengths, patterns, notPatterns, formats, excluded }: TextFacts): boolean {
    const length = Array.from(text).length;
    const matches = ({ text: source, pointer }: PlacedText): boolean => this.pattern(source, pointer).matches(text);
    return (
      length >= lengths.min &&
      length <= lengths.max &&
      !excluded.includes(text) &&
      patterns.every(matches) &&
      !notPatterns.some(matches) &&
      formats.every(({ text: name }) => length <= maxLengthOf(name) && formatAutomaton(name).matches(text))
    );
  }

  /** The texts that are as some facts say. */
  textsOf(facts: TextFacts, pointer: string): TextSet {
    const place = placeOf(facts) ?? pointer;
    const only = onlyFormat(facts);
    if (only) return formatTexts(only);
    return this.placed(place, () => new TextSet(this.automatonOf(facts), lengthsOf(facts), this.budget));
  }

  /**
   * The names that some of the regular expressions match, or none of them, by which ones do.
   * @param taken names that are not in them
   * @param facts what all names are
   */
  namesBy(patterns: ReadonlyMap<string, string>, taken: readonly string[], facts: TextFacts): NameSet[] {
    const sources = [...patterns.keys()];
    const [first] = patterns.values();
    const automata = [...patterns].map(([source, pointer]) => this.pattern(source, pointer));
    return this.placed(first ?? placeOf(facts) ?? '', () => {
      if (patterns.size === 0 && isOnlyLength(facts)) {
        const automaton = otherTextAutomaton(taken, this.budget);
        return [{ texts: new TextSet(automaton, lengthsOf(facts), this.budget), matches: () => false }];
      }
      const all = [this.automatonOf(facts), wordAutomaton(taken, this.budget), ...automata];
      const found = automataByMatches(all, this.budget, (bits) => (bits & 3) === 1);
      return [...found].map(([bits, automaton]) => ({
        texts: new TextSet(automaton, lengthsOf(facts), this.budget),
        matches: (pattern) => ((bits >> (2 + sources.indexOf(pattern))) & 1) === 1,
      }));
    });
  }

  private automatonOf({ patterns, notPatterns, formats, excluded }: TextFacts): Automaton {
    const automata = [
      ...patterns.map(({ text, pointer }) => this.pattern(text, pointer)),
      ...formats.map(({ text }) => formatAutomaton(text)),
    ];
    const others = notPatterns.map(({ text, pointer }) => this.pattern(text, pointer));
    if (excluded.length > 0) others.push(wordAutomaton(excluded, this.budget));
    return intersectionOf(automata.length > 0 ? automata : [anyTextAutomaton()], others, this.budget);
  }

  private placed<Result>(pointer: string, make: () => Result): Result {
    try {
      return make();
    } catch (error) {
      if (error instanceof PatternError)
        throw invalidJsonSchema(pointer, `the regular expression cannot be used: ${error.message}`);
      throw error;
    }
  }
}

/** True if nothing but its length is said of a text. */
export function isOnlyLength({ patterns, notPatterns, formats, excluded }: TextFacts): boolean {
  return patterns.length + notPatterns.length + formats.length + excluded.length === 0;
}

/** The format that is all that is said of a text. */
function onlyFormat({ lengths, patterns, notPatterns, formats, excluded }: TextFacts): string | undefined {
  const isAlone = patterns.length + notPatterns.length + excluded.length === 0 && formats.length === 1;
  return isAlone && lengths.min === 0 && lengths.max === Infinity ? formats[0].text : undefined;
}

function lengthsOf({ lengths: { min, max }, formats }: TextFacts): LengthRange {
  return { min, max: Math.min(max, ...formats.map(({ text }) => maxLengthOf(text))) };
}

function placeOf({ patterns, notPatterns, formats }: TextFacts): string | undefined {
  return [...patterns, ...notPatterns, ...formats].at(0)?.pointer;
}
