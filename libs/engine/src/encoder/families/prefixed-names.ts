import type { Weights } from '../../model/weights.js';
import type { EncoderFamily, EncoderNames, LayerNames } from './encoder-family.js';

/** The prefix of an encoder's tensor names in its file: that of its family, or none. */
export function storedPrefix({ words, prefix }: EncoderFamily, weights: Weights): string {
  return weights.has(prefix + words) ? prefix : '';
}

/** The names of an encoder's tensors as they are in its file. */
export function prefixedNames(names: EncoderNames, prefix: string): EncoderNames {
  const { words, positions, types, norm, relativeBias } = names;
  return {
    words: prefix + words,
    positions: prefix + positions,
    ...(types !== undefined && { types: prefix + types }),
    norm: prefix + norm,
    ...(relativeBias !== undefined && { relativeBias: prefix + relativeBias }),
    layer: (layer) =>
      Object.fromEntries(
        Object.entries(names.layer(layer)).map(([key, name]) => [key, prefix + name]),
      ) as unknown as LayerNames,
  };
}
