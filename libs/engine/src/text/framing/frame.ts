/** The special tokens around two texts, and the types of all tokens. */
export interface PairFrame {
  before: number[];
  between: number[];
  after: number[];
  /** Of the tokens before, of the first text, between, of the second text, and after. */
  types: { before: number[]; first: number; between: number[]; second: number; after: number[] };
}

/** The special tokens around a text; `pair` is `undefined` where the tokenizer takes no pairs. */
export interface SpecialTokenFrame {
  before: number[];
  after: number[];
  pair: PairFrame | undefined;
}
