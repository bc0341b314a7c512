import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../config-reader.js';

/** The positions that a layer attends to: all, or a window of `sliding_window`. */
export type LayerType = 'full_attention' | 'sliding_attention';

/**
 * Reads `layer_types`.
 * @param slides decides where the file has no such list
 * @throws `model_invalid` for a list of another length, `model_unsupported` for another type
 */
export function readLayerTypes(config: ConfigReader, layers: number, slides: (layer: number) => boolean): LayerType[] {
  const given = config.value('layer_types');
  if (given !== undefined && (!Array.isArray(given) || given.length !== layers)) {
    throw modelInvalid(`${config.path}: "layer_types" must list the type of each of the ${layers} layers.`);
  }
  return Array.from({ length: layers }, (_, layer) => {
    const type: unknown = given?.[layer] ?? (slides(layer) ? 'sliding_attention' : 'full_attention');
    if (type === 'full_attention' || type === 'sliding_attention') return type;
    throw modelUnsupported(`${config.path}: layer type ${JSON.stringify(type)} is not supported.`);
  });
}

/** The window of each layer; without `sliding_window` none has one. */
export function readWindows(
  config: ConfigReader,
  layers: number,
  slides: (layer: number) => boolean,
): (number | undefined)[] {
  if (config.value('sliding_window') === undefined) return Array.from({ length: layers }, () => undefined);
  const window = config.size('sliding_window');
  return readLayerTypes(config, layers, slides).map((type) => (type === 'sliding_attention' ? window : undefined));
}
