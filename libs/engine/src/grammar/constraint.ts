import type { Configuration } from './machine/configuration.js';
import type { Grammar } from './machine/grammar.js';
import type { TokenMasks } from './masks/token-masks.js';
import type { OutputConstraint } from './output-constraint.js';

/**
 * One or two thousand lists and objects in each other, each of which takes 1 to 3 kB here until the output ends; readers of
 * JSON give up there, too.
 */
const MAX_DEPTH = 2000;

/** Keeps the text of one sequence within a grammar. */
export class Constraint implements OutputConstraint {
  private begun: { grammar: Grammar; at: Configuration } | undefined;

  /** @param makeGrammar called once, when the output begins */
  constructor(
    private readonly makeGrammar: () => Grammar,
    private readonly masks: TokenMasks,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {}

  get canEnd(): boolean {
    return this.state.at.isEnd;
  }

  get mustEnd(): boolean {
    return this.state.at.threads.length === 0;
  }

  get isTooDeep(): boolean {
    return this.state.at.depth > MAX_DEPTH;
  }

  allows(token: number): boolean {
    return this.allowsBytes(this.bytesOf(token));
  }

  /** True if these bytes, of any number, may come next. */
  allowsBytes(bytes: Uint8Array | undefined): boolean {
    return !(this.after(bytes)?.isDead ?? true);
  }

  mask(logits: Float32Array): void {
    const mask = this.masks.of(this.state.grammar, this.state.at);
    for (let word = 0; word < mask.length; word++) {
      const bits = mask[word];
      if (bits === 0xffff_ffff) continue;
      const end = Math.min(logits.length, (word + 1) * 32);
      if (bits === 0) logits.fill(-Infinity, word * 32, end);
      else
        for (let token = word * 32; token < end; token++) if (!((bits >>> (token & 31)) & 1)) logits[token] = -Infinity;
    }
  }

  accept(token: number): void {
    this.acceptBytes(this.bytesOf(token));
  }

  /** Takes bytes that are allowed. */
  acceptBytes(bytes: Uint8Array | undefined): void {
    const next = this.after(bytes);
    if (!next || next.isDead) throw new Error('Bug: the grammar does not allow what was sampled.');
    this.state.at = next;
  }

  private get state(): { grammar: Grammar; at: Configuration } {
    if (!this.begun) {
      const grammar = this.makeGrammar();
      this.begun = { grammar, at: grammar.start };
    }
    return this.begun;
  }

  private after(bytes: Uint8Array | undefined): Configuration | undefined {
    if (!bytes || bytes.length === 0) return undefined;
    const { grammar } = this.state;
    let { at } = this.state;
    for (const byte of bytes) {
      at = grammar.next(at, byte);
      if (at.isDead) break;
    }
    return at;
  }
}
