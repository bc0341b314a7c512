import { GraphBuilder } from '../../graph/graph-builder.js';
import { opsetOf } from '../format/onnx-model.js';
import type { OnnxFile } from '../format/onnx-file.js';
import { tensorBytes } from '../format/tensor-elements.js';
import { GraphImporter } from '../rewrite/graph-importer.js';
import type { GraphIndex } from '../rewrite/graph-index.js';
import type { AttentionSite } from './attention-site.js';

/** What attention does with the product of queries and keys. */
export interface AttentionRule {
  /** Its factor of the product of what the file multiplies as queries with the keys of its cache. */
  scale: number;
  /** The newest positions that a token attends to, itself included; `undefined` is all. */
  window: number | undefined;
}

/** The heads of a decoder, and the names of its inputs. */
export interface ProbeShape {
  heads: number;
  kvHeads: number;
  headDim: number;
  maxPositions: number;
}

/** An input of a small graph, and its elements by their place. */
export interface ProbeInput {
  type: 'float32' | 'int64' | 'int32' | 'uint8' | 'int8';
  dims: number[];
  /** Default: zeros. */
  fill?: (i: number) => number;
}

/** Runs a small graph of one output once; of the inputs that are given it may have fewer. */
export type RunGraph = (graph: Uint8Array, inputs: Record<string, ProbeInput>) => Promise<Float32Array>;

interface ProbeSource {
  file: OnnxFile;
  index: GraphIndex;
  shape: ProbeShape;
}

/** A window of more positions is taken for none. */
const MAX_PAST = 16_384;
const NEW_TOKENS = 2;
const KEY_POSITIONS = 3;
/** Tables of so many bytes are those of tokens, and not a part of a mask. */
const LARGE_BYTES = 2 ** 20;
/** Scores, factor included, that models rarely have and that every cap in use changes. */
const LARGE_SCORE = 40;
/** Of the greatest score, rounding included. */
const TOLERANCE = 1e-3;

/**
 * Asks the graph itself what it does between scores and shares: it computes random ones, and what comes out tells the factor of scores and which
 * positions are attended to. How the file writes its mask does not matter then.
 * @returns why the engine's attention cannot take its place, where it cannot
 */
export async function probeAttention(
  site: AttentionSite,
  source: ProbeSource,
  run: RunGraph,
): Promise<AttentionRule | string> {
  const keyScale = await probeKeys(site, source, run);
  if (typeof keyScale === 'string') return keyScale;
  const rule = await probeShares(site, source, run, 0);
  if (typeof rule === 'string') return rule;
  // A cap of scores shows where they are large.
  const ofLarge = await probeShares(site, source, run, LARGE_SCORE / rule.scale);
  if (typeof ofLarge === 'string') return ofLarge;
  if (Math.abs(ofLarge.scale - rule.scale) > TOLERANCE * rule.scale) return 'its scores are capped';
  return { ...rule, scale: rule.scale * keyScale };
}

/** The factor of keys on their way to the scores. */
async function probeKeys(
  { keys, scoreKeys, query }: AttentionSite,
  source: ProbeSource,
  run: RunGraph,
): Promise<number | string> {
  const { heads, kvHeads, headDim } = source.shape;
  const feeds: Record<string, ProbeInput> = {
    ...passOf(source, KEY_POSITIONS - NEW_TOKENS),
    [keys]: { type: 'float32', dims: [1, kvHeads, KEY_POSITIONS, headDim], fill: noise },
    [query]: { type: 'float32', dims: [1, heads, NEW_TOKENS, headDim] },
  };
  const found = await run(partOf(source, scoreKeys, feeds), feeds);
  const expected = Float32Array.from({ length: heads * headDim * KEY_POSITIONS }, (_, i) => {
    const position = i % KEY_POSITIONS;
    const element = Math.floor(i / KEY_POSITIONS) % headDim;
    const kvHead = Math.floor(Math.floor(i / KEY_POSITIONS / headDim) / (heads / kvHeads));
    return noise((kvHead * KEY_POSITIONS + position) * headDim + element);
  });
  if (found.length !== expected.length) return 'keys have another shape than is expected';
  const scale = found[0] / expected[0];
  const isScaled = found.every((value, i) => Math.abs(value - scale * expected[i]) <= TOLERANCE * Math.abs(scale));
  return isScaled ? scale : 'keys are changed after they were appended to the past';
}

/** @param offset added to all scores, which changes no share */
async function probeShares(
  { keys, values, scores, shares, query }: AttentionSite,
  source: ProbeSource,
  run: RunGraph,
  offset: number,
): Promise<AttentionRule | string> {
  const { heads, kvHeads, headDim, maxPositions } = source.shape;
  const past = Math.min(maxPositions, MAX_PAST) - NEW_TOKENS;
  const total = past + NEW_TOKENS;
  const whole: ProbeInput = { type: 'float32', dims: [1, kvHeads, total, headDim] };
  const feeds: Record<string, ProbeInput> = {
    ...passOf(source, past),
    [scores]: { type: 'float32', dims: [1, heads, NEW_TOKENS, total], fill: (i) => offset + noise(i) },
    [query]: { type: 'float32', dims: [1, heads, NEW_TOKENS, headDim] },
    [keys]: whole,
    [values]: whole,
  };
  const found = await run(partOf(source, shares, feeds), feeds);
  if (found.length !== heads * NEW_TOKENS * total) return 'shares have another shape than scores';
  let rule: AttentionRule | undefined;
  for (let row = 0; row < heads * NEW_TOKENS; row++) {
    const of = readRow(found.subarray(row * total, (row + 1) * total), row * total, past + (row % NEW_TOKENS));
    if (typeof of === 'string') return of;
    rule ??= of;
    const isSame = of.window === rule.window && Math.abs(of.scale - rule.scale) <= TOLERANCE * rule.scale;
    if (!isSame) return 'its heads attend in different ways';
  }
  return rule!;
}

/**
 * The rule that the shares of one token's positions follow.
 * @param firstScore the place of its first score among all
 * @param last its own position
 */
function readRow(shares: Float32Array, firstScore: number, last: number): AttentionRule | string {
  const first = shares.findIndex((share) => share > 0);
  let [low, high] = [first, first];
  for (const [i, share] of shares.entries()) {
    if (share > 0 !== (i >= first && i <= last)) {
      return 'it does not attend to the positions up to its own, or to the newest of them';
    }
    if (i < first || i > last) continue;
    if (noise(firstScore + i) < noise(firstScore + low)) low = i;
    if (noise(firstScore + i) > noise(firstScore + high)) high = i;
  }
  const [lowest, highest] = [noise(firstScore + low), noise(firstScore + high)];
  const scale = Math.log(shares[high] / shares[low]) / (highest - lowest);
  for (let i = first; i <= last; i++) {
    const expected = Math.log(shares[low]) + scale * (noise(firstScore + i) - lowest);
    if (Math.abs(Math.log(shares[i]) - expected) > TOLERANCE * Math.max(1, scale)) {
      return 'shares are not the softmax of scores with one factor';
    }
  }
  return { scale, window: first === 0 ? undefined : last - first + 1 };
}

/** The inputs of a pass of {@link NEW_TOKENS} behind so many. */
function passOf({ index, shape }: ProbeSource, past: number): Record<string, ProbeInput> {
  const inputs: Record<string, ProbeInput> = {};
  for (const { name, type } of index.graph.inputs) {
    if (name.startsWith('past_key_values.')) {
      inputs[name] = { type: 'float32', dims: [1, shape.kvHeads, past, shape.headDim] };
    } else if (type === 'int64' || type === 'int32') {
      const isMask = name === 'attention_mask';
      const fill = isMask ? () => 1 : name === 'position_ids' ? (i: number) => past + i : undefined;
      inputs[name] = { type, dims: [1, isMask ? past + NEW_TOKENS : NEW_TOKENS], fill };
    }
  }
  // Masks take the number of new tokens from their embeddings, which nothing else is wanted of.
  for (const {
    operator,
    inputs: [table],
    outputs,
  } of index.graph.nodes) {
    const embeddings = operator === 'Gather' ? index.constant(table) : undefined;
    const isTable = embeddings?.dims.length === 2 && (tensorBytes(embeddings) ?? 0) >= LARGE_BYTES;
    if (!isTable) continue;
    const { type } = embeddings;
    // Numbers of 16 bits become float32.
    inputs[outputs[0]] = {
      type: type === 'uint8' || type === 'int8' ? type : 'float32',
      dims: [1, NEW_TOKENS, embeddings.dims[1]],
    };
  }
  return inputs;
}

const OUTPUT = 'probed';

/** The part of the graph that makes a value of others. */
function partOf(
  { file, index }: { file: OnnxFile; index: GraphIndex },
  value: string,
  feeds: Record<string, ProbeInput>,
): Uint8Array {
  const builder = new GraphBuilder('probe', '', Math.max(23, opsetOf(file.model)));
  const importer = new GraphImporter({ builder, file, index });
  for (const [name, { type, dims }] of Object.entries(feeds)) {
    importer.replace(name, [], () => builder.input(probeName(name), type, dims));
  }
  importer.add([value]);
  builder.node('Identity', [importer.name(value)], {}, OUTPUT);
  builder.output(OUTPUT, 'float32', ['B', 'heads', 'rows', 'columns']);
  return builder.build();
}

/** The name that an input has in the small graph. */
export function probeName(value: string): string {
  return `in:${value}`;
}

/** Numbers without a pattern, from -1 to 1. */
function noise(i: number): number {
  const bits = Math.imul(i + 1, 2_654_435_761) ^ 0x9e37;
  return (Math.imul(bits ^ (bits >>> 15), 2_246_822_519) >>> 0) / 2 ** 31 - 1;
}
