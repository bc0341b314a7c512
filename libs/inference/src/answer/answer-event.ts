/** A part of an answer: what it says, what the model thinks before, and calls of tools, each a beginning, its arguments in pieces and an end. */
export type AnswerEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** @param call the place of the call among those of the answer, from 0 on */
  | { type: 'call'; call: number; id: string; name: string }
  /** A piece of the arguments' JSON. */
  | { type: 'arguments'; call: number; text: string }
  | { type: 'call_end'; call: number };
