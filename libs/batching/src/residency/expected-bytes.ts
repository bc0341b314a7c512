import { type EngineProcessOptions, readModelMemory } from '@frontier/engine';
import type { ModelTask } from '../model/model-task.js';

/** The text process of a model, and what loading takes beside (docs/deployment.md#sizing). */
const BESIDE_BYTES = 170e6;

/**
 * Bytes that the processes of a model take once it is loaded, about, without what its caches will hold.
 * @throws `model_invalid` or `model_unsupported`, as loading it would
 */
export function expectedBytes(task: ModelTask | undefined, options: Omit<EngineProcessOptions, 'maxWaiting'>): number {
  const { weights, process } = readModelMemory({ ...options, takesTensors: task === 'tensor' });
  return Math.ceil(weights + process + BESIDE_BYTES);
}
