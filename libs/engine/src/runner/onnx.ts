import { engineError } from '../errors/engine.errors.js';
import { messageOf } from '@frontier/errors';
import { DeviceModelRunner } from './device-model-runner.js';
import { HostModelRunner } from './host-model-runner.js';
import type { ModelRunnerOptions } from './model-runner-options.js';
import type { ModelRunner } from './model-runner.js';

/** Exports that need the native library; imported when a model is loaded, not before. */
export { int8DotSaturates } from './int8-dot.js';
export { minRowsOf } from './single-row.js';
export { assertAvailable } from './provider-probe.js';

/** WebGPU keeps keys and values on the device; what CUDA returns always comes back to the host. */
export function cacheLocation(provider: string): 'host' | 'device' {
  return provider === 'webgpu' ? 'device' : 'host';
}

/**
 * Loads the graph in `path`.
 * @throws `engine_error` with the runtime's message
 */
export async function loadRunner(path: string, options: ModelRunnerOptions): Promise<ModelRunner> {
  try {
    const isOnDevice = cacheLocation(options.provider.name) === 'device';
    return await (isOnDevice ? DeviceModelRunner : HostModelRunner).load(path, options);
  } catch (error) {
    throw engineError(`ONNX Runtime could not load the graph: ${messageOf(error)}`, error);
  }
}
