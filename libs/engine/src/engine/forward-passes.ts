import type { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { ForwardOutput, ModelRunner } from '../runner/model-runner.js';
import { Sampler } from '../sampler/sampler.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import type { PrefillStep, Step, VerifyStep } from '../scheduler/step.js';
import { BLOCK_TOKENS } from '../sequence/prompt-blocks.js';
import type { Sequence } from '../sequence/sequence.js';

/** The result of a pass for a sequence that samples now. */
export interface PassResult {
  sequence: Sequence;
  /** Outputs for its last token and for those of a draft, in order. */
  outputs: readonly ForwardOutput[];
  /** Tokens that the outputs after the first one hold for; mostly none. */
  draft: readonly number[];
  /** Keeps the keys and values of as many tokens as were sampled; where there is a draft. */
  keep?: (tokens: number) => void;
}

/** Runs the forward passes of steps on a model. */
export class ForwardPasses {
  constructor(
    private readonly runner: ModelRunner,
    private readonly scheduler: Pick<Scheduler, 'completePrefill'>,
    private readonly prefixCache: PrefixCache | undefined,
  ) {}

  /** Runs the pass of a step; returns its results for each sequence that samples now. */
  async run(step: Step): Promise<PassResult[]> {
    if (step.kind === 'prefill') return this.prefill(step);
    if (step.plan) await this.runner.relocate(step.plan);
    if (step.kind === 'verify') return this.verify(step);
    const { sequences } = step;
    const slots = sequences.map(slotOf);
    const tokens = Int32Array.from(sequences, (sequence) => sequence.lastToken);
    const next = await this.runner.decode(slots, tokens, sequences.some(Sampler.needsLogits));
    return sequences.map((sequence, i) => ({ sequence, outputs: [next[i]], draft: [] }));
  }

  private async verify({ sequence, draft }: VerifyStep): Promise<PassResult[]> {
    const tokens = Int32Array.of(sequence.lastToken, ...draft);
    const verification = await this.runner.verify!(slotOf(sequence), tokens, Sampler.needsLogits(sequence));
    return [{ sequence, draft, ...verification }];
  }

  private async prefill(step: PrefillStep): Promise<PassResult[]> {
    const { runner } = this;
    const { sequence: first, from, to } = step;
    const { promptTokens } = first;
    const slot = slotOf(first);
    const copies = this.prefixCache?.take(first, from) ?? [];
    if (copies.length > 0) runner.positions!.append(slot, copies, BLOCK_TOKENS, promptTokens.length);
    const next = to > from && (await runner.prefill(slot, promptTokens.subarray(from, to), promptTokens.length));
    const ready = this.scheduler.completePrefill(step);
    if (!next) return [];
    // Keys and values that are not finite may be a fault of this pass: the next prompt computes them again.
    if (next.argmax !== undefined) {
      this.prefixCache?.keep(first, (at, into) => runner.positions!.read(slot, at, BLOCK_TOKENS, into));
    }
    for (const sibling of ready.slice(1)) await runner.copy(slot, slotOf(sibling));
    return ready.map((sequence) => ({ sequence, outputs: [{ ...next, logits: next.logits.slice() }], draft: [] }));
  }
}

function slotOf({ id, slot }: Sequence): number {
  if (slot === undefined) throw new Error(`Bug: a sequence of request ${id} runs without a slot.`);
  return slot;
}
