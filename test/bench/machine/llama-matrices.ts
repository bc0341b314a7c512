import type { RandomModelShape } from '../../support/random-model.ts';
import type { MatrixShape } from './products.ts';

/** The linear layers of a model of the Llama architecture, fused as engines do: q with k and v, gate with up. */
export function llamaMatrices(shape: RandomModelShape): MatrixShape[] {
  const { hidden_size: hidden, intermediate_size: intermediate, head_dim, num_attention_heads, vocab_size } = shape;
  const heads = num_attention_heads * head_dim;
  const layer = [
    { rows: heads + 2 * shape.num_key_value_heads * head_dim, columns: hidden },
    { rows: hidden, columns: heads },
    { rows: 2 * intermediate, columns: hidden },
    { rows: hidden, columns: intermediate },
  ];
  const layers = Array.from({ length: shape.num_hidden_layers }, () => layer).flat();
  return [...layers, { rows: vocab_size, columns: hidden, isHead: true }];
}
