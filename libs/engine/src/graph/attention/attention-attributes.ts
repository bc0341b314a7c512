import type { AttentionShape } from './attention-shape.js';

/** The attributes of a layer's `GroupQueryAttention`: heads, window and scale. */
export function attentionAttributes(
  { heads, kvHeads, headDim, windows, scoreScale }: AttentionShape,
  layer: number,
): Record<string, number | { float: number }> {
  return {
    num_heads: heads,
    kv_num_heads: kvHeads,
    local_window_size: windows[layer] ?? -1,
    ...(scoreScale !== 1 / Math.sqrt(headDim) && { scale: { float: scoreScale } }),
  };
}
