import { disableTf32, InferenceSession } from './onnxruntime.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { type ProviderOptions, providerUnavailable, sessionOptions } from './provider.js';

/**
 * Opens a tiny session on a provider.
 * @throws `model_unsupported` when this machine does not have it
 */
export async function assertAvailable(provider: ProviderOptions): Promise<void> {
  if (provider.name === 'cpu') return;
  if (provider.name === 'cuda') disableTf32();
  const graph = new GraphBuilder('probe', '');
  graph.input('x', 'float32', [1]);
  graph.node('Add', ['x', 'x'], {}, 'y');
  graph.output('y', 'float32', [1]);
  try {
    await (await InferenceSession.create(graph.build(), sessionOptions(provider, 1))).release();
  } catch (error) {
    throw providerUnavailable(provider.name, error);
  }
}
