import { type EngineRequest, engineRequestChannel } from '../channels/engine-channels.js';
import type { RequestCost } from './output-length-estimator.js';
import type { Work } from './pending-requests.js';

/** Publishes a request that a model's queue takes. */
export function publishRequest(model: string, { type, request, generation }: Work, cost: RequestCost): void {
  if (!engineRequestChannel.hasSubscribers) return;
  const { id, priority } = request;
  const promptTokens = type === 'run' ? 0 : cost.promptTokens;
  engineRequestChannel.publish({
    model,
    id,
    caller: cost.caller,
    priority,
    kind: type === 'submit' ? 'generate' : type,
    parts: type === 'encode' ? request.inputs.length : cost.answers,
    promptTokens,
    maxNewTokens: type === 'submit' ? cost.maxTokens - promptTokens : 0,
    generation,
  } satisfies EngineRequest);
}
