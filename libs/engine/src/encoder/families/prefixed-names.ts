import type { Weights } from '../../model/weights.js';
import type { EncoderFamily, EncoderNames, LayerNames } from './encoder-family.js';

/** The names of an encoder's tensors as they are in its file: with the prefix of its family, or without. */
export function storedNames({ names, prefix }: EncoderFamily, weights: Weights): EncoderNames {
  return weights.has(prefix + names.words) ? prefixed(names, prefix) : names;
}

function prefixed(names: EncoderNames, prefix: string): EncoderNames {
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
