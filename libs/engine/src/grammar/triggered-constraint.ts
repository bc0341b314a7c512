import type { Constraint } from './constraint.js';
import type { TokenTrie } from './masks/token-trie.js';
import type { OutputConstraint } from './output-constraint.js';

/**
 * Any text until a trigger, then a grammar. A token that would complete the trigger and go on with what the grammar does not
 * allow is not allowed.
 */
export class TriggeredConstraint implements OutputConstraint {
  private isTriggered = false;
  /** The last bytes of the text, fewer than the trigger has. */
  private tail = Buffer.alloc(0);
  /** True while the text is too short to have more than the beginning of the trigger. */
  private isAtStart = true;

  /**
   * @param trigger its bytes
   * @param onlyAtStart true if it triggers as the beginning of the text alone
   * @param bytesOf those of tokens; of special tokens, too, where the trigger may be one
   */
  constructor(
    private readonly trigger: Buffer,
    private readonly onlyAtStart: boolean,
    private readonly grammar: Constraint,
    private readonly trie: TokenTrie,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {}

  get canEnd(): boolean {
    return !this.isTriggered || this.grammar.canEnd;
  }

  get mustEnd(): boolean {
    return this.isTriggered && this.grammar.mustEnd;
  }

  get isTooDeep(): boolean {
    return this.isTriggered && this.grammar.isTooDeep;
  }

  allows(token: number): boolean {
    if (this.isTriggered) return this.grammar.allows(token);
    const rest = this.behindTrigger(this.bytesOf(token));
    return rest === undefined || rest.length === 0 || this.grammar.allowsBytes(rest);
  }

  mask(logits: Float32Array): void {
    if (this.isTriggered) {
      this.grammar.mask(logits);
      return;
    }
    for (const missing of this.missing()) {
      for (const [token, rest] of this.trie.longerThan(missing))
        if (!this.grammar.allowsBytes(rest)) logits[token] = -Infinity;
    }
  }

  accept(token: number): void {
    if (this.isTriggered) {
      this.grammar.accept(token);
      return;
    }
    const bytes = this.bytesOf(token) ?? new Uint8Array();
    const rest = this.behindTrigger(bytes);
    if (rest !== undefined) {
      this.isTriggered = true;
      if (rest.length > 0) this.grammar.acceptBytes(rest);
      return;
    }
    const text = Buffer.concat([this.tail, bytes]);
    this.isAtStart &&= this.trigger.subarray(0, text.length).equals(text);
    this.tail = text.subarray(Math.max(0, text.length - this.trigger.length + 1));
  }

  /** What bytes have behind the trigger, where they complete it. */
  private behindTrigger(bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (!bytes || (this.onlyAtStart && !this.isAtStart)) return undefined;
    const text = Buffer.concat([this.tail, bytes]);
    const at = this.onlyAtStart ? (startsWith(text, this.trigger) ? 0 : -1) : text.indexOf(this.trigger);
    return at < 0 ? undefined : text.subarray(at + this.trigger.length);
  }

  /** The ends of the trigger that would complete it: all of it, and what is missing where the text ends with a part of it. */
  private *missing(): Generator<Uint8Array> {
    if (this.onlyAtStart && !this.isAtStart) return;
    const longest = Math.min(this.tail.length, this.trigger.length - 1);
    const shortest = this.onlyAtStart ? longest : 0;
    for (let length = longest; length >= shortest; length--) {
      const part = this.trigger.subarray(0, length);
      if (this.tail.subarray(this.tail.length - length).equals(part)) yield this.trigger.subarray(length);
    }
  }
}

function startsWith(text: Buffer, beginning: Uint8Array): boolean {
  return text.subarray(0, beginning.length).equals(beginning);
}
