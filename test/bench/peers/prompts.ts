import type { Chat } from '../../real/support/chat-times.ts';

/** Tokens that lie between the beginnings of two prompts of a text. */
const STRIDE = 41;

/** Prompts of a text, no two of them alike; the text begins again at its end. */
export class Prompts {
  private readonly ids: readonly number[];

  constructor(ids: ArrayLike<number>) {
    this.ids = Array.from(ids);
  }

  list(count: number, length: number): number[][] {
    return Array.from({ length: count }, (_, i) => this.from(i * STRIDE, length));
  }

  chat(callers: number, turns: number, lengths: { system: number; turn: number; answer: number }): Chat {
    return {
      system: this.from(0, lengths.system),
      turns: Array.from({ length: callers }, (_, caller) =>
        Array.from({ length: turns }, (__, turn) => this.from(STRIDE * (1 + turn + turns * caller), lengths.turn)),
      ),
      answerTokens: lengths.answer,
    };
  }

  private from(begin: number, length: number): number[] {
    return Array.from({ length }, (_, i) => this.ids[(begin + i) % this.ids.length]);
  }
}
