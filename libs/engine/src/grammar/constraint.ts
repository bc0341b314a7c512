import type { Configuration, Grammar } from './grammar.js';
import type { TokenMasks } from './token-masks.js';

/** Keeps the text of one sequence within a grammar. */
export class Constraint {
  private at: Configuration;

  constructor(
    private readonly grammar: Grammar,
    private readonly masks: TokenMasks,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    this.at = grammar.start;
  }

  /** Whether the text may end here. */
  get canEnd(): boolean {
    return this.at.isEnd;
  }

  /** Whether nothing may follow. */
  get mustEnd(): boolean {
    return this.at.threads.length === 0;
  }

  /** Whether a token may come next. */
  allows(token: number): boolean {
    return !(this.after(token)?.isDead ?? true);
  }

  /** Sets the logits of all tokens that may not come next to -Infinity. */
  mask(logits: Float32Array): void {
    const mask = this.masks.of(this.grammar, this.at);
    for (let word = 0; word < mask.length; word++) {
      const bits = mask[word];
      if (bits === 0xffff_ffff) continue;
      const end = Math.min(logits.length, (word + 1) * 32);
      if (bits === 0) logits.fill(-Infinity, word * 32, end);
      else
        for (let token = word * 32; token < end; token++) if (!((bits >>> (token & 31)) & 1)) logits[token] = -Infinity;
    }
  }

  /** Takes a token that is allowed. */
  accept(token: number): void {
    const next = this.after(token);
    if (!next || next.isDead) throw new Error(`Bug: the grammar does not allow the token ${token}.`);
    this.at = next;
  }

  private after(token: number): Configuration | undefined {
    const bytes = this.bytesOf(token);
    if (!bytes || bytes.length === 0) return undefined;
    let at = this.at;
    for (const byte of bytes) {
      at = at.next(byte);
      if (at.isDead) break;
    }
    return at;
  }
}
