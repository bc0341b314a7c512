import { stripVTControlCharacters } from 'node:util';

/** Characters of control and of direction, which a terminal obeys. Colours and line ends are ours alone. */
// oxlint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text without the characters that a terminal would obey. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(OBEYED, '');
}

/** A {@link printable} text in one line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/[\t\n\u2028\u2029]+/g, ' ');
}
