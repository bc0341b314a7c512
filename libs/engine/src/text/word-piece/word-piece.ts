/** The parts of a WordPiece model. */
export interface WordPieceParts {
  ids: ReadonlyMap<string, number>;
  /** Put before every piece of a word but its first. */
  prefix: string;
  /** Stands for words that cannot be cut into pieces, and for longer ones than `maxCharacters`. */
  unknown: number;
  maxCharacters: number;
  /** Characters of the longest piece: no longer one is looked for. */
  longest: number;
}

/** Cuts a word into the longest pieces of the vocabulary, from its beginning on (https://arxiv.org/abs/1609.08144, section 4.1). */
export function wordPieces(word: string, { ids, prefix, unknown, maxCharacters, longest }: WordPieceParts): number[] {
  const characters = Array.from(word);
  if (characters.length > maxCharacters) return [unknown];
  const found: number[] = [];
  for (let begin = 0; begin < characters.length;) {
    let end = Math.min(characters.length, begin + longest);
    let id: number | undefined;
    for (; end > begin; end--) {
      const piece = characters.slice(begin, end).join('');
      id = ids.get(begin === 0 ? piece : prefix + piece);
      if (id !== undefined) break;
    }
    if (id === undefined) return [unknown];
    found.push(id);
    begin = end;
  }
  return found;
}

/** Spaces and contractions that the decoder of WordPiece undoes in each token, in this order. */
const CLEANUPS: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** The text of a token inside of a text: a word with the space before it, or the rest of one. */
export function wordPieceText(token: string, prefix: string, isCleaned: boolean): string {
  const text = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  return isCleaned ? CLEANUPS.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text) : text;
}
