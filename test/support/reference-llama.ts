import type { ModelConfig } from '@frontier/engine';

/** Row-major matrices and vectors by their Hugging Face names. */
export type ReferenceWeights = ReadonlyMap<string, Float32Array>;

/**
 * A Llama decoder in plain loops, without ONNX: the definition that the graph is tested against. Sums are in float64.
 * @returns the logits after the last token
 */
export function referenceLogits(config: ModelConfig, weights: ReferenceWeights, tokens: readonly number[]): number[] {
  const { hiddenSize, heads, kvHeads, headDim, layers, rmsNormEps } = config;
  const weight = (name: string): Float32Array => {
    const found = weights.get(name);
    if (!found) throw new Error(`The reference needs ${name}.`);
    return found;
  };
  const norm = (x: number[], name: string): number[] => {
    const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    const gamma = weight(name);
    return x.map((value, i) => (value / Math.sqrt(meanSquare + rmsNormEps)) * gamma[i]);
  };
  const project = (x: number[], name: string): number[] => {
    const matrix = weight(name);
    return Array.from({ length: matrix.length / x.length }, (_, row) =>
      x.reduce((sum, value, column) => sum + value * matrix[row * x.length + column], 0),
    );
  };
  const rotate = (x: number[], position: number): number[] => {
    const half = headDim / 2;
    return x.map((value, i) => {
      const within = i % headDim;
      const angle = position * config.ropeTheta ** ((-2 * (within % half)) / headDim);
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
      keys[layer].push(rotate(project(normed, `${prefix}self_attn.k_proj.weight`), position));
      values[layer].push(project(normed, `${prefix}self_attn.v_proj.weight`));
      const query = rotate(project(normed, `${prefix}self_attn.q_proj.weight`), position);
      const attended = attend(query, keys[layer], values[layer]);
      hidden = add(hidden, project(attended, `${prefix}self_attn.o_proj.weight`));
      const normedAgain = norm(hidden, `${prefix}post_attention_layernorm.weight`);
      const gate = project(normedAgain, `${prefix}mlp.gate_proj.weight`);
      const up = project(normedAgain, `${prefix}mlp.up_proj.weight`);
      const activated = gate.map((value, i) => (value / (1 + Math.exp(-value))) * up[i]);
      hidden = add(hidden, project(activated, `${prefix}mlp.down_proj.weight`));
    }
  });
  const head = config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return project(norm(hidden, 'model.norm.weight'), head);
}
