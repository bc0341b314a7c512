import { type EngineProcessOptions, readModelMemory } from '@frontier/engine';
import { isHubReference } from '@frontier/engine/hub';

/** The text process of a model, and what loading takes beside (docs/deployment.md#sizing). */
const BESIDE_BYTES = 170e6;

/**
 * Bytes that the processes of a model take once it is loaded, about, without what its caches will hold; 0 where that is not known: of a
 * model that is still to be downloaded, and of one that takes tensors.
 * @throws `model_invalid` or `model_unsupported`, as loading it would
 */
export function expectedBytes(options: Omit<EngineProcessOptions, 'maxWaiting'>): number {
  if (isHubReference(options.path) || options.takesTensors) return 0;
  const { weights, process } = readModelMemory(options);
  return Math.ceil(weights + process + BESIDE_BYTES);
}
