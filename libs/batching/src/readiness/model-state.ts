import type { AnyModelInfo, EncoderModelInfo, ModelInfo, TensorModelInfo } from '@frontier/engine';
import { shuttingDown } from '@frontier/errors';
import type { EngineState } from '../channels/engine-channels.js';
import type { ModelTask } from '../model/model-task.js';
import { modelLoading, modelNotLoaded, modelUnavailable, taskUnsupported } from '../generation/batching.errors.js';

/**
 * The properties of a model that is ready.
 * @throws `model_loading`, `model_unavailable`, `shutting_down`
 */
export function readyInfo(model: string, state: EngineState): AnyModelInfo {
  if (state.phase === 'ready') return state.info;
  if (state.phase === 'failed') throw modelUnavailable(model, state.error.message);
  if (state.phase === 'stopped') throw shuttingDown();
  if (state.phase === 'unloaded' && !state.isOnDemand) throw modelNotLoaded(model);
  throw modelLoading(model);
}

/** The properties of a model that generates and is ready; throws as {@link readyInfo}, and `task_unsupported`. */
export function readyDecoderInfo(model: string, state: EngineState): ModelInfo {
  const info = readyInfo(model, state);
  if (info.kind !== 'decoder') throw taskUnsupported(model, taskOf(info));
  return info;
}

/** The properties of an encoder that is ready; throws as {@link readyInfo}, and `task_unsupported`. */
export function readyEncoderInfo(model: string, state: EngineState): EncoderModelInfo {
  const info = readyInfo(model, state);
  if (info.kind !== 'encoder') throw taskUnsupported(model, taskOf(info));
  return info;
}

/** The properties of a model of tensors that is ready; throws as {@link readyInfo}, and `task_unsupported`. */
export function readyTensorInfo(model: string, state: EngineState): TensorModelInfo {
  const info = readyInfo(model, state);
  if (info.kind !== 'tensor') throw taskUnsupported(model, taskOf(info));
  return info;
}

/** The properties of a model that works on texts and is ready; throws as {@link readyInfo}, and `task_unsupported`. */
export function readyTextInfo(model: string, state: EngineState): ModelInfo | EncoderModelInfo {
  const info = readyInfo(model, state);
  if (info.kind === 'tensor') throw taskUnsupported(model, 'tensor');
  return info;
}

/** The work that a loaded model is made for. */
export function taskOf(info: AnyModelInfo): ModelTask {
  if (info.kind === 'decoder') return 'generate';
  return info.kind === 'tensor' ? 'tensor' : info.task;
}

/** Tokens that a model's context holds, or that an encoder's inputs have at most. */
export function maxTokensOf(info: ModelInfo | EncoderModelInfo): number {
  return info.kind === 'decoder' ? info.contextLength : info.maxTokens;
}
