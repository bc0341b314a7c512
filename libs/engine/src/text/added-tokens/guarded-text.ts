/** Stands within what would be a special token. A noncharacter of Unicode: no text has a use for it (https://www.unicode.org/versions/corrigendum9.html). */
const GUARD = '\uFDD0';

/** A text without guards, and the places where they stood: no added token reaches over one. */
export interface GuardedText {
  text: string;
  guards: ReadonlySet<number>;
}

const NO_GUARDS: ReadonlySet<number> = new Set();

/** Marks in texts that templates look for; where one is a special token, it is kept out all the same. */
const MARKS = ['<think>', '</think>', '<tool_call>', '</tool_call>', '<tool_response>', '</tool_response>'];

/** Keeps special tokens out of texts that come from outside: what looks like one stays a text. */
export class TextGuard {
  private readonly beginnings: RegExp | undefined;

  /** @param specialTexts the texts of special tokens; one of a single character cannot be kept out */
  constructor(specialTexts: Iterable<string>) {
    const texts = [...specialTexts].filter((text) => [...text].length > 1);
    if (texts.length === 0) return;
    const firsts = [...new Set(texts.map((text) => escaped([...text][0])))].join('|');
    const marks = MARKS.filter((mark) => !texts.some((text) => text.startsWith(mark))).map(escaped);
    const isNoMark = marks.length > 0 ? `(?!${marks.join('|')})` : '';
    this.beginnings = new RegExp(`${isNoMark}(?:${firsts})`, 'gu');
  }

  /**
   * The text with a guard behind each character that may begin a special token, so that a template that cuts or joins texts makes none of
   * them either; a string within a value of JSON likewise, names included. Marks that templates look for are left as they are.
   */
  guard<Value>(value: Value): Value {
    if (typeof value === 'string') return this.guardText(value) as Value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => this.guard(item)) as Value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.guard(key), this.guard(item)])) as Value;
  }

  private guardText(text: string): string {
    const own = text.includes(GUARD) ? text.replaceAll(GUARD, '') : text;
    return this.beginnings ? own.replaceAll(this.beginnings, `$&${GUARD}`) : own;
  }
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
