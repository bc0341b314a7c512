import type {
  BatchPlan,
  ForwardOutput,
  PromptOutput,
  ModelRunner,
  PositionAccess,
  Verification,
} from '../runner/model-runner.js';

export interface FakeModelRunnerOptions {
  maxBatchSize?: number;
  contextLength?: number;
  vocabSize?: number;
  /** Stages that a piece of a prompt can be divided into; default: none. */
  promptStages?: number;
  /** As of {@link ModelRunner}; default: none. */
  shortPromptTokens?: number;
  /** The next token after a sequence's tokens so far; default: a hash of all of them. */
  next?: (tokens: readonly number[]) => number;
}

/**
 * A model runner without a model: each slot remembers its tokens, and the argmax of the next token is a function of all
 * of them. So a slot that is mixed up, fed twice or not freed changes the text, which tests see.
 */
export class FakeModelRunner implements ModelRunner {
  readonly maxBatchSize: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly attentionCrossoverTokens = Infinity;
  readonly shortPromptTokens: number;
  readonly promptStages: number;
  /** The tokens in each slot that is in use. */
  readonly slots = new Map<number, number[]>();
  /** The passes so far, as `prefill 2: 7`, `decode 3` or `verify 2: 5`. */
  readonly passes: string[] = [];
  /** A position's keys and values are its token. */
  readonly positions: PositionAccess = {
    positionBytes: Float32Array.BYTES_PER_ELEMENT,
    read: (slot, from, count, into = new Float32Array(count)) => {
      into.set(this.slots.get(slot)!.slice(from, from + count));
      return into;
    },
    append: (slot, copies, count) => {
      if (!this.slots.has(slot)) this.slots.set(slot, []);
      for (const copy of copies) {
        if (copy.length !== count) throw new Error(`A copy of ${count} positions has ${copy.length}.`);
        this.append(slot, copy);
      }
    },
  };
  /** The piece of a prompt that is being computed in a slot: its tokens, and how many stages of them are computed. */
  private readonly begun = new Map<number, { tokens: string; stages: number }>();
  /** The groups of the last plan. */
  private groups: readonly (readonly number[])[] = [];
  private readonly next: (tokens: readonly number[]) => number;

  constructor({
    maxBatchSize = 4,
    contextLength = 64,
    vocabSize = 32,
    promptStages = 1,
    shortPromptTokens = 0,
    next,
  }: FakeModelRunnerOptions = {}) {
    this.maxBatchSize = maxBatchSize;
    this.contextLength = contextLength;
    this.vocabSize = vocabSize;
    this.shortPromptTokens = shortPromptTokens;
    this.promptStages = promptStages;
    this.next =
      next ?? ((tokens) => tokens.reduce((hash, token) => (hash * 31 + token + 7) % 1_000_003, 1) % vocabSize);
  }

  async prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<PromptOutput> {
    this.passes.push(`prefill ${slot}: ${tokens.length}`);
    this.assertSamePiece(slot, tokens);
    this.begun.delete(slot);
    if (!this.slots.has(slot)) this.slots.set(slot, []);
    this.append(slot, tokens);
    if (this.slots.get(slot)!.length > promptTokens) throw new Error(`Slot ${slot} gets more than its prompt.`);
    return this.nextToken(this.slots.get(slot)!);
  }

  async prefillStages(slot: number, tokens: Int32Array, _promptTokens: number, stages: number): Promise<void> {
    this.passes.push(`stages ${slot}: ${tokens.length} to ${stages}`);
    this.assertSamePiece(slot, tokens);
    const computed = this.begun.get(slot)?.stages ?? 0;
    if (stages <= computed || stages >= this.promptStages) throw new Error(`${stages} stages follow ${computed}.`);
    this.begun.set(slot, { tokens: tokens.join(' '), stages });
  }

  /** Slots with an even and an odd number of tokens decode apart, so that there are several groups. */
  plan(slots: readonly number[]): BatchPlan {
    const groups = [0, 1].map((parity) => slots.filter((slot) => this.slots.get(slot)!.length % 2 === parity));
    return { groups: groups.filter((group) => group.length > 0), relocates: false };
  }

  relocate({ groups }: BatchPlan): void {
    this.groups = groups;
  }

  async decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<ForwardOutput[]> {
    this.passes.push(`decode ${slots.length}`);
    if (!this.groups.some((group) => slots.every((slot) => group.includes(slot)))) {
      throw new Error(`Slots ${slots.join(', ')} are no group of the last plan.`);
    }
    if (slots.length > this.maxBatchSize) throw new Error(`${slots.length} slots exceed the batch.`);
    return slots.map((slot, i) => {
      this.append(slot, [tokens[i]]);
      const { argmax, logits } = this.nextToken(this.slots.get(slot)!);
      return needsLogits ? { argmax, logits } : { argmax };
    });
  }

  async verify(slot: number, tokens: Int32Array, needsLogits: boolean): Promise<Verification> {
    this.passes.push(`verify ${slot}: ${tokens.length}`);
    if (tokens.length < 2) throw new Error('One token is decoded, not verified.');
    const held = [...this.slots.get(slot)!];
    const outputs = Array.from(tokens, (token) => {
      held.push(token);
      const { argmax, logits } = this.nextToken(held);
      return needsLogits ? { argmax, logits } : { argmax };
    });
    if (held.length > this.contextLength) throw new Error(`Slot ${slot} exceeds the context.`);
    return { outputs, keep: (kept) => this.append(slot, tokens.subarray(0, kept)) };
  }

  copy(from: number, to: number): void {
    if (this.slots.has(to)) throw new Error(`Slot ${to} is not free.`);
    this.slots.set(to, [...this.slots.get(from)!]);
  }

  free(slot: number): void {
    this.begun.delete(slot);
    this.slots.delete(slot);
  }

  async release(): Promise<void> {}

  private assertSamePiece(slot: number, tokens: Int32Array): void {
    const begun = this.begun.get(slot);
    if (begun && begun.tokens !== tokens.join(' ')) throw new Error(`Slot ${slot} goes on with another piece.`);
  }

  private append(slot: number, tokens: Iterable<number>): void {
    const held = this.slots.get(slot);
    if (!held) throw new Error(`Slot ${slot} decodes without a prompt.`);
    held.push(...tokens);
    if (held.length > this.contextLength) throw new Error(`Slot ${slot} exceeds the context.`);
  }

  private nextToken(tokens: readonly number[]): PromptOutput {
    const argmax = this.next(tokens);
    const logits = Float32Array.from(
      { length: this.vocabSize },
      (_, token) => -((token - argmax + this.vocabSize) % this.vocabSize) / 4,
    );
    return { argmax, logits };
  }
}
