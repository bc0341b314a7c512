import { InferenceSession, Tensor } from './onnxruntime.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import type { ModelRunnerOptions } from './model-runner-options.js';
import type { BatchPlan, ModelRunner, ForwardOutput } from './model-runner.js';
import { DeviceTensors } from './device-tensors.js';
import { forwardOutputs, passInputs } from './pass-tensors.js';
import { capacityFor } from '../kv-pool/pool-plan.js';
import { sessionOptions } from './provider.js';

/** The cost of a pass matters to host memory alone. */
type DeviceModelRunnerOptions = Omit<ModelRunnerOptions, 'weightBytes'>;

/** Sequences whose keys and values share tensors on the device, by rows. */
interface DeviceBatch {
  /** The pasts of all layers, keys and values in turn: `[rows, kvHeads, capacity, headDim]` each. */
  past: Tensor[];
  capacity: number;
  /** The slot of each row; `undefined` where it was freed. */
  slots: (number | undefined)[];
  lengths: number[];
}

/**
 * Runs a graph whose keys and values stay on the device: what one pass returns of them is what the next one is fed.
 * All sequences of a decode pass share one batch; when they change, it is put together anew, on the device.
 */
export class DeviceModelRunner implements ModelRunner {
  private readonly batches = new Set<DeviceBatch>();

  private constructor(
    private readonly session: InferenceSession,
    private readonly tensors: DeviceTensors,
    private readonly options: DeviceModelRunnerOptions,
  ) {}

  /** Loads the graph in `path`. Blocks the event loop of this process until it is loaded. */
  static async load(path: string, options: DeviceModelRunnerOptions): Promise<DeviceModelRunner> {
    const base = sessionOptions(options.provider, options.threads);
    const kept = [GRAPH.logits, ...names(options.layers, 'present')];
    const onDevice = Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const]));
    const session = await InferenceSession.create(path, { ...base, preferredOutputLocation: onDevice });
    return new DeviceModelRunner(session, await DeviceTensors.create(options, base), options);
  }

  get maxBatchSize(): number {
    return this.options.maxBatchSize;
  }

  get contextLength(): number {
    return this.options.contextLength;
  }

  get vocabSize(): number {
    return this.options.vocabSize;
  }

  readonly shortPromptTokens = 0;
  readonly promptStages = 1;

  get attentionCrossoverTokens(): number {
    return this.options.attentionCrossoverTokens;
  }

  async prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<Required<ForwardOutput>> {
    let batch = this.batchOf(slot);
    if (!batch) {
      const capacity = capacityFor(promptTokens + 1);
      batch = { past: this.emptyPast(capacity), capacity, slots: [slot], lengths: [0] };
      this.batches.add(batch);
    }
    const [next] = await this.run(batch, tokens, tokens.length, true);
    return next as Required<ForwardOutput>;
  }

  /** All slots share one batch. */
  plan(slots: readonly number[]): BatchPlan {
    return { groups: [[...slots]], relocates: !this.isBatch(slots) };
  }

  async relocate({ groups: [slots], relocates }: BatchPlan): Promise<void> {
    if (relocates) await this.repack(slots);
  }

  async decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<ForwardOutput[]> {
    if (!this.isBatch(slots)) throw new Error(`Bug: slots ${slots.join(', ')} are no batch on the device.`);
    const batch = this.batchOf(slots[0])!;
    const tokensByRow = Int32Array.from(batch.slots, (slot) => tokens[slots.indexOf(slot!)]);
    const next = await this.run(batch, tokensByRow, 1, needsLogits);
    return slots.map((slot) => next[batch.slots.indexOf(slot)]);
  }

  async copy(from: number, to: number): Promise<void> {
    const source = this.batchOf(from)!;
    const row = source.slots.indexOf(from);
    const past = await this.tensors.select(source.past, [row], source.capacity, source.capacity);
    this.batches.add({ past, capacity: source.capacity, slots: [to], lengths: [source.lengths[row]] });
  }

  free(slot: number): void {
    const batch = this.batchOf(slot);
    if (!batch) return;
    batch.slots[batch.slots.indexOf(slot)] = undefined;
    if (batch.slots.every((other) => other === undefined)) this.drop(batch);
  }

  async release(): Promise<void> {
    for (const batch of this.batches) this.drop(batch);
    await this.tensors.release();
    await this.session.release();
  }

  /** True if exactly these slots share a batch, with room for one more token in each. */
  private isBatch(slots: readonly number[]): boolean {
    const batch = this.batchOf(slots[0])!;
    const isSame = batch.slots.length === slots.length && slots.every((slot) => batch.slots.includes(slot));
    return isSame && batch.lengths.every((length) => length < batch.capacity);
  }

  private batchOf(slot: number): DeviceBatch | undefined {
    for (const batch of this.batches) if (batch.slots.includes(slot)) return batch;
    return undefined;
  }

  private drop(batch: DeviceBatch): void {
    this.batches.delete(batch);
    for (const tensor of batch.past) tensor.dispose();
  }

  /** Puts the slots into one batch, in which each has room for a token more. */
  private async repack(slots: readonly number[]): Promise<void> {
    const lengthOf = (batch: DeviceBatch, slot: number): number => batch.lengths[batch.slots.indexOf(slot)];
    const sources = new Set(slots.map((slot) => this.batchOf(slot)!));
    const longest = Math.max(...slots.map((slot) => lengthOf(this.batchOf(slot)!, slot)));
    const capacity = capacityFor(longest + 1);
    let merged: DeviceBatch | undefined;
    for (const source of sources) {
      const taken = slots.filter((slot) => source.slots.includes(slot));
      const left = source.slots.filter((slot) => slot !== undefined && !taken.includes(slot)) as number[];
      const part = await this.select(source, taken, capacity);
      if (left.length > 0) this.batches.add(await this.select(source, left, source.capacity));
      this.drop(source);
      if (!merged) merged = part;
      else {
        const past = await this.tensors.concat(merged.past, part.past);
        for (const tensor of [...merged.past, ...part.past]) tensor.dispose();
        merged = {
          past,
          capacity,
          slots: [...merged.slots, ...part.slots],
          lengths: [...merged.lengths, ...part.lengths],
        };
      }
    }
    this.batches.add(merged!);
  }

  private async select(source: DeviceBatch, slots: readonly number[], capacity: number): Promise<DeviceBatch> {
    const rows = slots.map((slot) => source.slots.indexOf(slot));
    const past = await this.tensors.select(source.past, rows, source.capacity, capacity);
    return { past, capacity, slots: [...slots], lengths: rows.map((row) => source.lengths[row]) };
  }

  /** @param tokens `[rows, newTokens]` row-major */
  private async run(
    batch: DeviceBatch,
    tokens: Int32Array,
    newTokens: number,
    needsLogits: boolean,
  ): Promise<ForwardOutput[]> {
    const { layers } = this.options;
    const feeds: Record<string, Tensor> = passInputs(tokens, newTokens, batch.lengths);
    for (const [i, name] of names(layers, 'past').entries()) feeds[name] = batch.past[i];
    const outputs = await this.session.run(feeds);
    for (const tensor of batch.past) tensor.dispose();
    batch.past = names(layers, 'present').map((name) => outputs[name]);
    batch.lengths = batch.lengths.map((length) => length + newTokens);
    const { [GRAPH.logits]: deviceLogits, [GRAPH.argmax]: argmax, [GRAPH.logitSum]: logitSum } = outputs;
    const logits = needsLogits ? await this.tensors.download(deviceLogits) : undefined;
    deviceLogits.dispose();
    return forwardOutputs({ argmax, logitSum, logits });
  }

  private emptyPast(capacity: number): Tensor[] {
    const { layers, kvHeads, headDim } = this.options;
    const zeros = new Float32Array(kvHeads * capacity * headDim);
    return Array.from({ length: 2 * layers }, () => new Tensor('float32', zeros, [1, kvHeads, capacity, headDim]));
  }
}

function names(layers: number, kind: 'past' | 'present'): string[] {
  const [key, value] = kind === 'past' ? [GRAPH.pastKey, GRAPH.pastValue] : [GRAPH.presentKey, GRAPH.presentValue];
  return Array.from({ length: layers }, (_, layer) => [key(layer), value(layer)]).flat();
}
