/**
 * Characters that a terminal or a viewer of logs obeys instead of showing them: line ends and escape sequences (C0, DEL, C1), the
 * line ends of Unicode, and what has no width or turns the direction of writing around (https://trojansource.codes).
 */
const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Nearly every line: to look for classes of Unicode takes six times as long. */
const PLAIN_LINE = /^[\x20-\x7e]*\n$/;

/** A line of JSON without characters that are obeyed, but for its end; it stands for the same value. */
export function printableJson(line: string): string {
  if (PLAIN_LINE.test(line)) return line;
  return line.replace(OBEYED, (character) => (character === '\n' ? character : escaped(character)));
}

/** A line of JSON in whose texts characters that are obeyed are spelled out, but for the line ends of a stack. */
export function spelledOutJson(line: string): string {
  return `${JSON.stringify(JSON.parse(line, spellOut))}\n`;
}

function spellOut(key: string, value: unknown): unknown {
  if (typeof value === 'string') return key === 'stack' ? spelledOutStack(value) : spelledOut(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [spelledOut(name), field]));
}

/** A message may have lines of its own; only those of calls, which are indented, are left. */
function spelledOutStack(stack: string): string {
  return stack
    .split(/\n(?= {4}at )/)
    .map(spelledOut)
    .join('\n');
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function spelledOut(text: string): string {
  return text.replace(OBEYED, (character) => SHORT[character] ?? escaped(character));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
