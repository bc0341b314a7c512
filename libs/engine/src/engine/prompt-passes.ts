import type { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { ModelRunner, PromptOutput } from '../runner/model-runner.js';
import { Sampler } from '../sampler/sampler.js';
import { begins, completes, type PrefillStep } from '../scheduler/step.js';
import { BLOCK_TOKENS } from '../sequence/prompt-blocks.js';
import { type Sequence, slotOf } from '../sequence/sequence.js';
import type { OutputSampler } from './output-sampler.js';

/** Computes prompts step by step, but for what the prefix cache has of them. */
export class PromptPasses {
  constructor(
    private readonly runner: ModelRunner,
    private readonly prefixCache: PrefixCache | undefined,
    private readonly sampler: OutputSampler,
  ) {}

  /** @returns the output for the last token of the step; `undefined` where it computes not all stages, or copies only */
  async compute(step: PrefillStep): Promise<PromptOutput | undefined> {
    const { runner } = this;
    const { sequence, from, to, stages } = step;
    const { promptTokens, params } = sequence;
    const slot = slotOf(sequence);
    if (begins(step)) this.takeCopies(sequence, from);
    if (from === to) return undefined;
    const piece = [slot, promptTokens.subarray(from, to), promptTokens.length] as const;
    if (!completes(step)) {
      await runner.prefillStages!(...piece, stages.to);
      return undefined;
    }
    const temperature = to === promptTokens.length ? Sampler.shareTemperature(sequence) : 0;
    if (params.promptLogprobs === undefined) return runner.prefill(...piece, temperature);
    const outputs = await runner.prefillAll!(...piece, temperature);
    this.sampler.readPrompt(sequence, from, outputs);
    return outputs.at(-1)!;
  }

  /** Keeps a prompt as far as it is computed for later ones. */
  keep(sequence: Sequence): void {
    const slot = slotOf(sequence);
    this.prefixCache?.keep(sequence, (at, into) => this.runner.positions!.read(slot, at, BLOCK_TOKENS, into));
  }

  private takeCopies(sequence: Sequence, to: number): void {
    const copies = this.prefixCache?.take(sequence, to) ?? [];
    if (copies.length === 0) return;
    this.runner.positions!.append(slotOf(sequence), copies, BLOCK_TOKENS, sequence.promptTokens.length);
  }
}
