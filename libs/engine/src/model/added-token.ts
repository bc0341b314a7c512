/** A token beside the tokenizer's own vocabulary, as `tokenizer.json` describes it. */
export interface AddedToken {
  id: number;
  content: string;
  /** Control tokens, which have no text in an output. */
  special: boolean;
  /** Matches only where no word character stands before or after it. */
  single_word: boolean;
  /** Takes the white space before it. */
  lstrip: boolean;
  /** Takes the white space after it. */
  rstrip: boolean;
  /** Found in the normalized text instead of the text as it is. */
  normalized: boolean;
}

/** An added token from JSON; flags that are absent are false, and `normalized` the opposite of `special`. */
export function toAddedToken(id: number, json: Partial<AddedToken> & { content: string }): AddedToken {
  const { content, special = false, single_word = false, lstrip = false, rstrip = false } = json;
  return { id, content, special, single_word, lstrip, rstrip, normalized: json.normalized ?? !special };
}
