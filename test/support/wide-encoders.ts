import { type GoldenEncoder, goldenEncoders } from './golden-encoders.ts';

/** Wide enough that kernels split its products among threads and in blocks; 6 heads of 64, 2 layers. */
const WIDE = {
  hidden_size: 384,
  intermediate_size: 768,
  num_attention_heads: 6,
  num_hidden_layers: 2,
  max_position_embeddings: 300,
};

/** A golden encoder of another size. */
export function wideEncoder(name: string): GoldenEncoder {
  const golden = goldenNamed(name);
  const { hidden_size, intermediate_size, max_position_embeddings } = golden.config as Record<string, number>;
  const sizes = new Map([
    [hidden_size, WIDE.hidden_size],
    [intermediate_size, WIDE.intermediate_size],
    // Queries, keys and values in one tensor, and both halves of a gated MLP.
    [3 * hidden_size, 3 * WIDE.hidden_size],
    [2 * intermediate_size, 2 * WIDE.intermediate_size],
    [max_position_embeddings, WIDE.max_position_embeddings],
  ]);
  const shapeOf = (tensor: string, shape: number[]): number[] =>
    tensor.endsWith('relative_attention_bias.weight')
      ? [shape[0], WIDE.num_attention_heads]
      : shape.map((size) => sizes.get(size) ?? size);
  return { ...resized(golden, WIDE, shapeOf), modules: widePooling(golden) };
}

/** A golden decoder of another size, with fewer heads of keys than of queries. */
export function wideDecoder(name: string, headDim: 64 | 128): GoldenEncoder {
  const golden = goldenNamed(name);
  const [heads, kvHeads] = [WIDE.hidden_size / headDim, headDim === 64 ? 2 : 1];
  const { hidden_size: hidden, intermediate_size: inner } = WIDE;
  const shapes: readonly [RegExp, number[]][] = [
    [/\.q_proj\.weight$/, [heads * headDim, hidden]],
    [/\.[kv]_proj\.weight$/, [kvHeads * headDim, hidden]],
    [/\.o_proj\.weight$/, [hidden, heads * headDim]],
    [/\.(gate|up)_proj\.weight$/, [inner, hidden]],
    [/\.down_proj\.weight$/, [hidden, inner]],
    [/\.[qk]_norm\.weight$/, [headDim]],
    [/norm\.weight$/, [hidden]],
    [/embed_tokens\.weight$/, [golden.config.vocab_size as number, hidden]],
  ];
  const fields = { ...WIDE, num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim: headDim };
  const shapeOf = (tensor: string): number[] => shapes.find(([pattern]) => pattern.test(tensor))![1];
  return { ...resized(golden, fields, shapeOf), modules: widePooling(golden) };
}

function goldenNamed(name: string): GoldenEncoder {
  return goldenEncoders().find((found) => found.name === name)!;
}

function resized(
  golden: GoldenEncoder,
  fields: Record<string, unknown>,
  shapeOf: (tensor: string, shape: number[]) => number[],
): GoldenEncoder {
  const tensors = Object.fromEntries(
    Object.entries(golden.tensors)
      .filter(([tensor]) => !/layers?\.[23]\./.test(tensor))
      .map(([tensor, shape]) => [tensor, shapeOf(tensor, shape)]),
  );
  return { ...golden, config: { ...golden.config, ...fields }, tensors };
}

function widePooling({ modules }: GoldenEncoder): GoldenEncoder['modules'] {
  return modules?.map((module) =>
    module.module === 'Pooling'
      ? { ...module, config: { ...module.config, embedding_dimension: WIDE.hidden_size } }
      : module,
  );
}
