/** A chat of several callers at once, in tokens. */
export interface Chat {
  system: number[];
  /** Each caller's turns. */
  turns: number[][][];
  answerTokens: number;
}

/** Times of a chat, in milliseconds. */
export interface ChatTimes {
  /** Of each turn from the second on, from the moment when it is said. */
  firstTokens: number[];
  whole: number;
}
