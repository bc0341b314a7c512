import type { ModelRunner } from '../runner/model-runner.js';

export interface FakeModelRunnerOptions {
  maxSlots?: number;
  contextLength?: number;
  vocabSize?: number;
  /** The next token after a sequence's tokens so far; default: a hash of all of them. */
  next?: (tokens: readonly number[]) => number;
}

/**
 * A model runner without a model: each slot remembers its tokens, and the most likely next token is a function of all
 * of them. So a slot that is mixed up, fed twice or not freed changes the text, and a test sees it.
 */
export class FakeModelRunner implements ModelRunner {
  readonly maxSlots: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  /** The tokens in each slot. */
  readonly slots: number[][];
  /** The passes so far, as `prefill 2: 7` or `decode 3`. */
  readonly passes: string[] = [];
  private readonly next: (tokens: readonly number[]) => number;

  constructor({ maxSlots = 4, contextLength = 64, vocabSize = 32, next }: FakeModelRunnerOptions = {}) {
    this.maxSlots = maxSlots;
    this.contextLength = contextLength;
    this.vocabSize = vocabSize;
    this.slots = Array.from({ length: maxSlots }, () => []);
    this.next =
      next ?? ((tokens) => tokens.reduce((hash, token) => (hash * 31 + token + 7) % 1_000_003, 1) % vocabSize);
  }

  async prefill(slot: number, tokens: Int32Array): Promise<Float32Array> {
    this.passes.push(`prefill ${slot}: ${tokens.length}`);
    this.append(slot, tokens);
    return this.logits([slot]);
  }

  async decode(tokens: Int32Array): Promise<Float32Array> {
    this.passes.push(`decode ${tokens.length}`);
    tokens.forEach((token, slot) => {
      if (this.slots[slot].length === 0) throw new Error(`Slot ${slot} decodes without a prompt.`);
      this.append(slot, [token]);
    });
    return this.logits([...tokens.keys()]);
  }

  move(from: number, to: number): void {
    if (this.slots[to].length > 0) throw new Error(`Slot ${to} is not free.`);
    this.slots[to] = this.slots[from];
    this.slots[from] = [];
  }

  free(slot: number): void {
    this.slots[slot] = [];
  }

  async release(): Promise<void> {}

  private append(slot: number, tokens: Iterable<number>): void {
    this.slots[slot].push(...tokens);
    if (this.slots[slot].length > this.contextLength) throw new Error(`Slot ${slot} exceeds the context.`);
  }

  private logits(slots: number[]): Float32Array {
    const logits = new Float32Array(slots.length * this.vocabSize);
    slots.forEach((slot, row) => {
      const likeliest = this.next(this.slots[slot]);
      for (let token = 0; token < this.vocabSize; token++) {
        const distance = (token - likeliest + this.vocabSize) % this.vocabSize;
        logits[row * this.vocabSize + token] = -distance / 4;
      }
    });
    return logits;
  }
}
