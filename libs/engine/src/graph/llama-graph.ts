import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import type { ExternalDataFile } from './external-data-file.js';
import { GraphBuilder } from './graph-builder.js';
import { rotaryTables } from './rotary-tables.js';

/** Names of the graph's inputs and outputs, with their shapes. B sequences, S new tokens each, C cache positions. */
export const GRAPH = {
  /** int32 [B, S] */
  inputIds: 'input_ids',
  /** int64 [B, S]: the position of each new token in its sequence */
  positionIds: 'position_ids',
  /** int32 [B]: the length of each sequence after this pass, minus one */
  lastPositions: 'last_positions',
  /** int32 []: the longest length after this pass */
  totalLength: 'total_length',
  /** float32 [B, kvHeads, C, headDim]; entries past a sequence's length are never read */
  pastKey: (layer: number) => `past_key.${layer}`,
  pastValue: (layer: number) => `past_value.${layer}`,
  /** float32 [B, vocabSize]: of the last new token only */
  logits: 'logits',
  /** float32 [B, S, layers, 2, kvHeads, headDim]: the new keys (rotated) and values */
  newKeyValues: 'new_key_values',
} as const;

export interface LlamaGraphOptions {
  /** The longest sequence that the graph must take, in tokens. */
  contextLength: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}

/**
 * Builds the Llama decoder as an ONNX graph that returns only the new keys and values of a pass ("delta cache"),
 * and writes its weights to `data`. Projections keep Hugging Face's `[out, in]` layout; q, k, v and gate, up are
 * stored as one matrix each, since a pass at batch 1 is bound by dispatches as much as by memory.
 *
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildLlamaGraph(
  config: ModelConfig,
  weights: Weights,
  data: ExternalDataFile,
  { contextLength, externalDataName }: LlamaGraphOptions,
): Uint8Array {
  const { hiddenSize, heads, kvHeads, headDim, vocabSize, layers, intermediateSize } = config;
  const qSize = heads * headDim;
  const kvSize = kvHeads * headDim;
  const graph = new GraphBuilder(config.architecture, externalDataName);

  graph.input(GRAPH.inputIds, 'int32', ['B', 'S']);
  graph.input(GRAPH.positionIds, 'int64', ['B', 'S']);
  graph.input(GRAPH.lastPositions, 'int32', ['B']);
  graph.input(GRAPH.totalLength, 'int32', []);

  const rotary = rotaryTables(contextLength, headDim, config.ropeTheta);
  const cos = graph.constant('rotary_cos', rotary.cos, [contextLength, headDim / 2]);
  const sin = graph.constant('rotary_sin', rotary.sin, [contextLength, headDim / 2]);
  const rows = graph.constant('shape_rows', BigInt64Array.of(-1n, BigInt(hiddenSize)), [2]);
  const attentionRows = graph.constant('shape_attention_rows', BigInt64Array.of(-1n, BigInt(qSize)), [2]);
  const anySize = graph.constant('shape_any', BigInt64Array.of(-1n), [1]);
  const batchShape = graph.node('Concat', [graph.node('Shape', [GRAPH.inputIds]), anySize], {
    attributes: { axis: 0 },
  });
  const rotatedSplit = graph.constant('split_rotated', BigInt64Array.of(BigInt(qSize), BigInt(kvSize)), [2]);
  const qkvSplit = graph.constant('split_qkv', BigInt64Array.of(BigInt(qSize + kvSize), BigInt(kvSize)), [2]);

  const matrix = (name: string, parts: [tensor: string, rows: number][], columns: number): string => {
    const range = data.append(
      (function* () {
        for (const [tensor, count] of parts) yield weights.read(tensor, [count, columns]);
      })(),
    );
    const total = parts.reduce((sum, [, count]) => sum + count, 0);
    return graph.external(name, 'float32', [total, columns], range);
  };
  const project = (input: string, weight: string, output?: string): string =>
    graph.node('Gemm', [input, weight], { attributes: { transB: 1 } }, output);
  const gamma = (name: string): string => graph.constant(name, weights.read(name, [hiddenSize]), [hiddenSize]);
  const epsilon = { float: config.rmsNormEps };
  const norm = (input: string, weight: string): string =>
    graph.node('SimplifiedLayerNormalization', [input, gamma(weight)], { attributes: { axis: -1, epsilon } });
  /** Adds `change` to the residual and normalises: returns [normalised, sum]. */
  const addAndNorm = (residual: string, change: string, weight: string): [string, string] => {
    const outputs = graph.nodes('SkipSimplifiedLayerNormalization', [residual, change, gamma(weight)], 4, {
      attributes: { epsilon },
      domain: 'com.microsoft',
    });
    return [outputs[0], outputs[3]];
  };

  const embedding = matrix('embedding', [['model.embed_tokens.weight', vocabSize]], hiddenSize);
  let residual = graph.node('Reshape', [graph.node('Gather', [embedding, GRAPH.inputIds]), rows]);
  let change: string | undefined;
  const newKeyValues: string[] = [];

  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    const inputNorm = `${prefix}input_layernorm.weight`;
    let normed: string;
    if (change === undefined) normed = norm(residual, inputNorm);
    else [normed, residual] = addAndNorm(residual, change, inputNorm);

    const qkvWeight = matrix(
      `${prefix}qkv`,
      [
        [`${prefix}self_attn.q_proj.weight`, qSize],
        [`${prefix}self_attn.k_proj.weight`, kvSize],
        [`${prefix}self_attn.v_proj.weight`, kvSize],
      ],
      hiddenSize,
    );
    const qkv = graph.node('Reshape', [project(normed, qkvWeight), batchShape]);
    const [qk, value] = graph.nodes('Split', [qkv, qkvSplit], 2, { attributes: { axis: -1 } });
    const rotated = graph.node('RotaryEmbedding', [qk, GRAPH.positionIds, cos, sin], {
      attributes: { num_heads: heads + kvHeads, rotary_embedding_dim: 0 },
      domain: 'com.microsoft',
    });
    const [query, key] = graph.nodes('Split', [rotated, rotatedSplit], 2, { attributes: { axis: -1 } });
    newKeyValues.push(key, value);

    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)].map((name) =>
      graph.input(name, 'float32', ['B', kvHeads, 'C', headDim]),
    );
    const [attention] = graph.nodes(
      'GroupQueryAttention',
      [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength],
      3,
      { attributes: { num_heads: heads, kv_num_heads: kvHeads }, domain: 'com.microsoft' },
    );
    const attended = project(
      graph.node('Reshape', [attention, attentionRows]),
      matrix(`${prefix}o`, [[`${prefix}self_attn.o_proj.weight`, hiddenSize]], qSize),
    );
    [normed, residual] = addAndNorm(residual, attended, `${prefix}post_attention_layernorm.weight`);

    const gateUpWeight = matrix(
      `${prefix}gate_up`,
      [
        [`${prefix}mlp.gate_proj.weight`, intermediateSize],
        [`${prefix}mlp.up_proj.weight`, intermediateSize],
      ],
      hiddenSize,
    );
    const [gate, up] = graph.nodes('Split', [project(normed, gateUpWeight)], 2, {
      attributes: { axis: -1, num_outputs: 2 },
    });
    // x * sigmoid(alpha * x): SiLU at alpha = 1.
    const activated = graph.node('QuickGelu', [gate], {
      attributes: { alpha: { float: 1 } },
      domain: 'com.microsoft',
    });
    change = project(
      graph.node('Mul', [activated, up]),
      matrix(`${prefix}down`, [[`${prefix}mlp.down_proj.weight`, hiddenSize]], intermediateSize),
    );
  }

  const hidden = graph.node('Reshape', [graph.node('Add', [residual, change!]), batchShape]);
  const lastIndex = graph.constant('last_index', BigInt64Array.of(-1n), []);
  const last = graph.node('Gather', [hidden, lastIndex], { attributes: { axis: 1 } });
  const head = config.tieWordEmbeddings ? embedding : matrix('lm_head', [['lm_head.weight', vocabSize]], hiddenSize);
  if (config.tieWordEmbeddings) weights.ignore('lm_head.weight');
  project(norm(last, 'model.norm.weight'), head, GRAPH.logits);
  graph.node('Concat', newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
  graph.output(GRAPH.logits, 'float32', ['B', vocabSize]);
  graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 2 * layers * kvSize]);
  weights.assertAllRead();
  return graph.build();
}
