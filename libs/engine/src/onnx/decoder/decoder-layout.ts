import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { OnnxFile } from '../format/onnx-file.js';
import type { OnnxGraph, OnnxValueInfo } from '../format/onnx-model.js';

/** The inputs and outputs of a decoder in an ONNX file that keeps its keys and values outside, and its sizes. */
export interface DecoderLayout {
  layers: number;
  kvHeads: number;
  headDim: number;
  vocabSize: number;
}

const PAST = /^past_key_values\.(\d+)\.(key|value)$/;
/** Inputs that the engine has a value for, beside the past. */
const KNOWN_INPUTS = new Set([
  'input_ids',
  'attention_mask',
  'position_ids',
  'num_logits_to_keep',
  'logits_to_keep',
  'use_cache_branch',
]);

/** The names of the inputs with a layer's keys and values. */
export function pastOf(layer: number): { key: string; value: string } {
  return { key: `past_key_values.${layer}.key`, value: `past_key_values.${layer}.value` };
}

/** True if a graph takes keys and values of earlier tokens. */
export function hasPast({ inputs }: OnnxGraph): boolean {
  return inputs.some(({ name }) => name.startsWith('past_'));
}

/**
 * Reads the sizes of a decoder from what its file declares.
 * @throws `model_unsupported` naming an input or output that the engine knows nothing of, `model_invalid` where one is missing
 */
export function readDecoderLayout({ path, model: { graph } }: OnnxFile): DecoderLayout {
  const layers = new Set<number>();
  let shape: { kvHeads: number; headDim: number } | undefined;
  for (const input of graph.inputs) {
    const layer = PAST.exec(input.name)?.[1];
    if (layer === undefined) {
      if (KNOWN_INPUTS.has(input.name)) continue;
      throw modelUnsupported(`${path} takes the input "${input.name}", which is no part of a decoder that is served.`);
    }
    layers.add(Number(layer));
    const found = pastShape(path, input);
    shape ??= found;
    if (found.kvHeads !== shape.kvHeads || found.headDim !== shape.headDim) {
      throw modelUnsupported(`${path}: the input "${input.name}" has other sizes than those of other layers.`);
    }
  }
  if (!shape) throw modelInvalid(`${path} has no input such as past_key_values.0.key.`);
  for (let layer = 0; layer < layers.size; layer++) {
    const { key, value } = pastOf(layer);
    for (const name of [key, value]) {
      if (!graph.inputs.some((input) => input.name === name)) throw modelUnsupported(`${path} has no input "${name}".`);
    }
  }
  const logits = graph.outputs.find(({ name }) => name === 'logits');
  if (!logits) throw modelUnsupported(`${path} has no output "logits".`);
  const vocabSize = logits.dims?.at(-1);
  if (typeof vocabSize !== 'number')
    throw modelUnsupported(`${path}: the output "logits" does not say how many there are.`);
  return { layers: layers.size, vocabSize, ...shape };
}

function pastShape(path: string, { name, type, dims }: OnnxValueInfo): { kvHeads: number; headDim: number } {
  const [, kvHeads, , headDim] = dims ?? [];
  const isFloat = type === 'float32' || type === 'float16' || type === 'bfloat16';
  if (dims?.length === 4 && isFloat && typeof kvHeads === 'number' && typeof headDim === 'number') {
    return { kvHeads, headDim };
  }
  throw modelUnsupported(`${path}: the input "${name}" is not [batch, heads, past, head size] of floats.`);
}
