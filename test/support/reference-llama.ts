import type { RandomModelShape } from './random-model.ts';

/** Row-major matrices and vectors by their Hugging Face names. */
export type ReferenceWeights = ReadonlyMap<string, Float32Array>;

/** Fields of a config.json that the reference reads beside the shape. */
export interface ReferenceConfig extends RandomModelShape {
  rms_norm_eps?: number;
  rope_theta?: number;
  rope_scaling?: { rope_type: string; factor: number } & Record<string, unknown>;
  sliding_window?: number;
  layer_types?: string[];
}

/**
 * A decoder of the Llama architecture in plain loops, without ONNX: the definition that the graph is tested against.
 * Sums are in float64.
 * @returns the logits after the last token
 */
export function referenceLogits(
  config: ReferenceConfig,
  weights: ReferenceWeights,
  tokens: readonly number[],
): number[] {
  const {
    hidden_size: hiddenSize,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
  } = config;
  const layers = config.num_hidden_layers;
  const epsilon = config.rms_norm_eps ?? 1e-5;
  const weight = (name: string): Float32Array => {
    const found = weights.get(name);
    if (!found) throw new Error(`The reference needs ${name}.`);
    return found;
  };
  const norm = (x: number[], name: string): number[] => {
    const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    const gamma = weight(name);
    return x.map((value, i) => (value / Math.sqrt(meanSquare + epsilon)) * gamma[i]);
  };
  const project = (x: number[], name: string): number[] => {
    const matrix = weight(`${name}.weight`);
    const bias = weights.get(`${name}.bias`);
    return Array.from({ length: matrix.length / x.length }, (_, row) =>
      x.reduce((sum, value, column) => sum + value * matrix[row * x.length + column], bias?.[row] ?? 0),
    );
  };
  const normHeads = (x: number[], name: string): number[] =>
    weights.has(name)
      ? Array.from({ length: x.length / headDim }, (_, i) => norm(x.slice(i * headDim, (i + 1) * headDim), name)).flat()
      : x;
  const frequency = (pair: number): number => {
    const base = (config.rope_theta ?? 10_000) ** ((-2 * pair) / headDim);
    const scaling = config.rope_scaling;
    if (!scaling) return base;
    if (scaling.rope_type === 'linear') return base / scaling.factor;
    const original = scaling.original_max_position_embeddings as number;
    const [low, high] = [scaling.low_freq_factor as number, scaling.high_freq_factor as number];
    const wavelength = (2 * Math.PI) / base;
    if (wavelength > original / low) return base / scaling.factor;
    if (wavelength < original / high) return base;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * base) / scaling.factor + smooth * base;
  };
  const rotate = (x: number[], position: number): number[] => {
    const half = headDim / 2;
    return x.map((value, i) => {
      const within = i % headDim;
      const angle = position * frequency(within % half);
      const other = within < half ? -x[i + half] : x[i - half];
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  };
  const attend = (query: number[], keys: number[][], values: number[][]): number[] => {
    const output: number[] = [];
    for (let head = 0; head < heads; head++) {
      const at = Math.floor(head / (heads / kvHeads)) * headDim;
      const scores = keys.map((key) => {
        let dot = 0;
        for (let i = 0; i < headDim; i++) dot += query[head * headDim + i] * key[at + i];
        return dot / Math.sqrt(headDim);
      });
      const max = Math.max(...scores);
      const exps = scores.map((score) => Math.exp(score - max));
      const total = exps.reduce((a, b) => a + b);
      for (let i = 0; i < headDim; i++) {
        output.push(values.reduce((sum, value, t) => sum + (exps[t] / total) * value[at + i], 0));
      }
    }
    return output;
  };
  const add = (a: number[], b: number[]): number[] => a.map((value, i) => value + b[i]);

  const embedding = weight('model.embed_tokens.weight');
  const keys: number[][][] = Array.from({ length: layers }, () => []);
  const values: number[][][] = Array.from({ length: layers }, () => []);
  let hidden: number[] = [];
  tokens.forEach((token, position) => {
    hidden = [...embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize)];
    for (let layer = 0; layer < layers; layer++) {
      const prefix = `model.layers.${layer}.`;
      const normed = norm(hidden, `${prefix}input_layernorm.weight`);
      const key = normHeads(project(normed, `${prefix}self_attn.k_proj`), `${prefix}self_attn.k_norm.weight`);
      const query = normHeads(project(normed, `${prefix}self_attn.q_proj`), `${prefix}self_attn.q_norm.weight`);
      keys[layer].push(rotate(key, position));
      values[layer].push(project(normed, `${prefix}self_attn.v_proj`));
      const slides = config.layer_types?.[layer] === 'sliding_attention';
      const oldest = slides ? Math.max(0, position + 1 - config.sliding_window!) : 0;
      const attended = attend(rotate(query, position), keys[layer].slice(oldest), values[layer].slice(oldest));
      hidden = add(hidden, project(attended, `${prefix}self_attn.o_proj`));
      const normedAgain = norm(hidden, `${prefix}post_attention_layernorm.weight`);
      const gate = project(normedAgain, `${prefix}mlp.gate_proj`);
      const up = project(normedAgain, `${prefix}mlp.up_proj`);
      const activated = gate.map((value, i) => (value / (1 + Math.exp(-value))) * up[i]);
      hidden = add(hidden, project(activated, `${prefix}mlp.down_proj`));
    }
  });
  const head = config.tie_word_embeddings === false ? 'lm_head' : 'model.embed_tokens';
  return project(norm(hidden, 'model.norm.weight'), head);
}
