import {
  type CharacterRange,
  type CharacterSet,
  characterSet,
  complementOf,
  LAST_CODE_POINT,
  LINE_TERMINATORS,
} from './character-set.js';
import { type ClassEscape, readEscape } from './pattern-escape.js';
import { type Pattern, PatternError } from './pattern.js';

/** Characters of a regular expression, and groups within each other. */
const LIMITS = { length: 4096, depth: 50, repeats: 10_000 } as const;

/**
 * Parses a regular expression of ECMA-262 with the flag `u`, but for what only a backtracking matcher can decide. Escapes of
 * punctuation that need none are taken, as without the flag.
 * @throws {PatternError} naming what is wrong or not supported
 */
export function parsePattern(source: string): Pattern {
  if (source.length > LIMITS.length) throw new PatternError(`it has more than ${LIMITS.length} characters`);
  return new PatternParser(Array.from(source)).parse();
}

class PatternParser {
  private at = 0;
  private depth = 0;

  constructor(private readonly characters: readonly string[]) {}

  parse(): Pattern {
    const pattern = this.choice();
    if (this.at < this.characters.length) throw new PatternError('a ")" closes nothing');
    return pattern;
  }

  private get next(): string | undefined {
    return this.characters[this.at];
  }

  private takes(text: string): boolean {
    const length = text.length;
    for (let i = 0; i < length; i++) if (this.characters[this.at + i] !== text[i]) return false;
    this.at += length;
    return true;
  }

  private choice(): Pattern {
    if (++this.depth > LIMITS.depth) throw new PatternError(`groups are nested deeper than ${LIMITS.depth}`);
    const options = [this.sequence()];
    while (this.takes('|')) options.push(this.sequence());
    this.depth--;
    return options.length === 1 ? options[0] : { kind: 'choice', options };
  }

  private sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') parts.push(this.repeated());
    return parts.length === 1 ? parts[0] : { kind: 'sequence', parts };
  }

  private repeated(): Pattern {
    const from = this.at;
    const of = this.atom();
    const times = this.times();
    if (!times) return of;
    if (of.kind === 'lookahead' || ['^', '$'].includes(this.characters[from]))
      throw new PatternError('an anchor or a lookahead cannot be repeated');
    // Which of several matches is found changes nothing.
    this.takes('?');
    if (this.times()) throw new PatternError('nothing to repeat');
    return { kind: 'repeat', of, ...times };
  }

  private times(): { min: number; max: number } | undefined {
    if (this.takes('*')) return { min: 0, max: Infinity };
    if (this.takes('+')) return { min: 1, max: Infinity };
    if (this.takes('?')) return { min: 0, max: 1 };
    if (this.next !== '{') return undefined;
    const end = this.characters.indexOf('}', this.at);
    const found = /^\{(\d{1,9})(,(\d{0,9}))?\}$/.exec(this.characters.slice(this.at, end + 1).join(''));
    if (!found) throw new PatternError('a "{" that is no count of repetitions needs a "\\" before it');
    this.at = end + 1;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (min > max) throw new PatternError('numbers of repetitions are out of order');
    if (min > LIMITS.repeats || (max !== Infinity && max > LIMITS.repeats))
      throw new PatternError(`more than ${LIMITS.repeats} repetitions are not supported`);
    return { min, max };
  }

  private atom(): Pattern {
    const character = this.characters[this.at++];
    switch (character) {
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '.':
        return { kind: 'characters', set: complementOf(LINE_TERMINATORS) };
      case '(':
        return this.group();
      case '[':
        return { kind: 'characters', set: this.characterClass() };
      case '\\':
        return { kind: 'characters', set: setOf(this.escape(false)) };
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternError('nothing to repeat');
      default:
        return { kind: 'characters', set: setOf(character.codePointAt(0)!) };
    }
  }

  private group(): Pattern {
    if (this.takes('?')) {
      if (this.takes('=')) return { kind: 'lookahead', of: this.closed(), isNegative: false };
      if (this.takes('!')) return { kind: 'lookahead', of: this.closed(), isNegative: true };
      if (this.takes('<')) {
        if (['=', '!'].includes(this.next ?? '')) throw new PatternError('lookbehind is not supported');
        this.takeName();
      } else if (!this.takes(':')) throw new PatternError('flags within a group are not supported');
    }
    return this.closed();
  }

  private closed(): Pattern {
    const inner = this.choice();
    if (!this.takes(')')) throw new PatternError('a "(" is not closed');
    return inner;
  }

  private takeName(): void {
    const end = this.characters.indexOf('>', this.at);
    const name = this.characters.slice(this.at, end).join('');
    if (end < 0 || !/^[A-Za-z_$][\w$]*$/.test(name)) throw new PatternError('the name of a group is wrong');
    this.at = end + 1;
  }

  private characterClass(): CharacterSet {
    const isNegated = this.takes('^');
    const ranges: CharacterRange[] = [];
    while (!this.takes(']')) {
      const low = this.classMember();
      if (this.next !== '-' || [']', undefined].includes(this.characters[this.at + 1])) {
        ranges.push(...setOf(low));
        continue;
      }
      this.at++;
      const high = this.classMember();
      if (typeof low !== 'number' || typeof high !== 'number') {
        // Without the flag `u` the hyphen is itself.
        ranges.push(...setOf(low), ...setOf(0x2d), ...setOf(high));
        continue;
      }
      if (low > high) throw new PatternError('a range of characters is out of order');
      ranges.push({ low, high });
    }
    const set = characterSet(ranges);
    return isNegated ? complementOf(set) : set;
  }

  private classMember(): ClassEscape {
    const character = this.characters[this.at++];
    if (character === undefined) throw new PatternError('a "[" is not closed');
    return character === '\\' ? this.escape(true) : character.codePointAt(0)!;
  }

  private escape(isInClass: boolean): ClassEscape {
    const { value, length } = readEscape(this.characters, this.at, isInClass);
    this.at += length;
    return value;
  }
}

function setOf(escape: ClassEscape): CharacterSet {
  if (typeof escape !== 'number') return escape;
  return escape > LAST_CODE_POINT ? [] : [{ low: escape, high: escape }];
}
