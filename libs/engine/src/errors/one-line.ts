/** The longest message that is shown whole; those of this engine's own words are a third as long. */
const MAX_LENGTH = 1200;
/** Characters of the end that stay, which says what to do. */
const END_LENGTH = 300;

/**
 * A message that names what stands in a file, as one line of a log: line ends and control characters are escaped, as in JSON, and the middle of
 * a long one is left out.
 */
export function oneLine(message: string): string {
  const shown =
    message.length <= MAX_LENGTH
      ? message
      : `${message.slice(0, MAX_LENGTH - END_LENGTH)} [...] ${message.slice(-END_LENGTH)}`;
  return shown.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
