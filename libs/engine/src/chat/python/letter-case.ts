const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;
const UPPER = /[\p{Uppercase}]/u;
const LOWER = /[\p{Lowercase}]/u;
const TITLE = /\p{Lt}/u;

/** Letters whose title case is neither their upper case nor its first letter before lower ones. */
const TITLE_CASE = new Map(
  ['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ'].flatMap((forms) => Array.from(forms, (form) => [form, forms[1]!] as const)),
);
TITLE_CASE.set('ŉ', 'ʼN');
for (const [small, capital] of [0x1fb3, 0x1fc3, 0x1ff3].map((code) => [code, code + 9] as const)) {
  TITLE_CASE.set(String.fromCharCode(small), String.fromCharCode(capital));
  TITLE_CASE.set(String.fromCharCode(capital), String.fromCharCode(capital));
}
for (let code = 0x1f80; code < 0x1fb0; code++) TITLE_CASE.set(String.fromCharCode(code), String.fromCharCode(code | 8));
// Georgian has capitals for whole words only.
for (let code = 0x10d0; code <= 0x10ff; code++) TITLE_CASE.set(String.fromCharCode(code), String.fromCharCode(code));

function titleCase(letter: string): string {
  const known = TITLE_CASE.get(letter);
  if (known !== undefined) return known;
  const upper = letter.toUpperCase();
  if (upper === letter || upper.length <= letter.length) return upper;
  const [first, ...rest] = Array.from(upper);
  return first + rest.join('').toLowerCase();
}

/** `str.capitalize`. */
export function capitalize(text: string): string {
  const [first] = text;
  if (first === undefined) return '';
  // Lowered as a whole, since a sigma at the end of a word depends on what is before it.
  return titleCase(first) + text.toLowerCase().slice(first.toLowerCase().length);
}

/** `str.title`: every letter after one that has no case. */
export function title(text: string): string {
  let result = '';
  let inWord = false;
  const letters = Array.from(text);
  for (const [index, letter] of letters.entries()) {
    if (!inWord) result += titleCase(letter);
    else if (letter === 'Σ') result += CASED.test(letters[index + 1] ?? '') ? 'σ' : 'ς';
    else result += letter.toLowerCase();
    inWord = CASED.test(letter);
  }
  return result;
}

export const isUpper = (text: string): boolean => UPPER.test(text) && !LOWER.test(text) && !TITLE.test(text);
export const isLower = (text: string): boolean => LOWER.test(text) && !UPPER.test(text) && !TITLE.test(text);
