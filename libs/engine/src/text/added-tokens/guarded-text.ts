/** Stands within what would be a special token. A noncharacter of Unicode: no text has a use for it (https://www.unicode.org/versions/corrigendum9.html). */
const GUARD = '\uFDD0';

/** A text without guards, and the places where they stood: no added token reaches over one. */
export interface GuardedText {
  text: string;
  guards: ReadonlySet<number>;
}

const NO_GUARDS: ReadonlySet<number> = new Set();

/** Keeps special tokens out of texts that come from outside: what looks like one stays a text. */
export class TextGuard {
  private readonly firsts: RegExp | undefined;
  private readonly beginnings: RegExp | undefined;

  /** @param specialTexts the texts of special tokens; one of a single character cannot be kept out */
  constructor(specialTexts: Iterable<string>) {
    const texts = [...specialTexts].filter((text) => [...text].length > 1);
    if (texts.length === 0) return;
    const firsts = [...new Set(texts.map((text) => escaped([...text][0])))].join('|');
    const rests = texts.map(escaped).join('|');
    // Few characters begin one, which are looked for first. Each place is looked at, since tokens may overlap.
    this.firsts = new RegExp(firsts, 'gu');
    this.beginnings = new RegExp(`(?=${firsts})(?=${rests})[^]`, 'gu');
  }

  /**
   * The text with a guard behind each character that may begin a special token, so that a template that cuts or joins texts makes none of
   * them either; a string within a value of JSON likewise, names included.
   */
  guard<Value>(value: Value): Value {
    if (typeof value === 'string') return withGuards(value, this.firsts) as Value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => this.guard(item)) as Value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.guard(key), this.guard(item)])) as Value;
  }

  /** The text with a guard within each special token, and all else as it is: for what templates look into. */
  guardTokens(text: string): string {
    return withGuards(text, this.beginnings);
  }
}

function withGuards(text: string, behind: RegExp | undefined): string {
  const own = text.includes(GUARD) ? text.replaceAll(GUARD, '') : text;
  return behind ? own.replaceAll(behind, `$&${GUARD}`) : own;
}

/** Takes the guards out of a text. */
export function readGuards(guarded: string): GuardedText {
  if (!guarded.includes(GUARD)) return { text: guarded, guards: NO_GUARDS };
  const guards = new Set<number>();
  let text = '';
  for (const [i, part] of guarded.split(GUARD).entries()) {
    if (i > 0) guards.add(text.length);
    text += part;
  }
  return { text, guards };
}

/** A text as people read it, without guards. */
export function withoutGuards(guarded: string): string {
  return guarded.replaceAll(GUARD, '');
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, String.raw`\$&`);
}
