import type { ModelEngine, ModelEngineOptions } from '@frontier/batching';
import { ScriptedEncoder, type ScriptedEncoderModel } from './scripted-encoder.js';
import { ScriptedEngine, type ScriptedModel } from './scripted-engine.js';

/** Makes the engines of scripted models, by name: a `ModelEngineFactory`. */
export function scriptedEngines(
  models: Readonly<Record<string, ScriptedModel | ScriptedEncoderModel>>,
): (options: ModelEngineOptions) => ModelEngine {
  return ({ name, queue, requestTimeoutMs, onState }) => {
    const model = models[name];
    const limits = { queueTimeoutMs: queue.timeoutMs, requestTimeoutMs, onState };
    return 'encodes' in model
      ? new ScriptedEncoder({ name, model, ...limits })
      : new ScriptedEngine({ name, model, ...limits });
  };
}
