import type { SerializedAppError } from '@frontier/errors';
import type { EncoderEngineOptions } from '../encoder/batching/encoder-engine.options.js';
import type { EncoderInfo, EncoderRequest, EncoderStepReport } from '../encoder/encoder-types.js';
import type { EngineOptions } from '../engine/engine.options.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import type { LoadedModel } from '../load/loaded-model.js';
import type { ModelOptions } from '../load/model-options.js';
import type { ProviderName } from '../runner/provider.js';
import type { SamplingParams } from '../sampler/sampling-params.js';
import type { StepReport } from '../sequence/step-report.js';

/** Everything an engine process needs to load its model; for encoders, the options of their batches too. */
export interface EngineProcessOptions extends ModelOptions, EngineOptions, Partial<EncoderEngineOptions> {
  maxBatchSize: number;
}

/** Properties of any loaded model. */
interface LoadedModelInfo {
  architecture: string;
  /** The number of its tokens: ids from 0 to one less. */
  vocabSize: number;
  loadMs: number;
  provider: ProviderName;
  graphOrigin: LoadedModel['graphOrigin'];
  /** Deviations from what was asked for. */
  warnings: string[];
  /** Names everything that an output depends on beside its request; see {@link LoadedModel}. */
  fingerprint: string;
}

/** Properties of a loaded model that generates. */
export interface ModelInfo extends LoadedModelInfo {
  kind: 'decoder';
  contextLength: number;
  /** Bytes that keys and values of earlier prompts may take. */
  prefixCacheBytes: number;
  /** The model's own defaults for requests, before `DEFAULT_SAMPLING_PARAMS`. */
  defaults: Partial<SamplingParams>;
  /** Names of the logits processors of its plugin; `undefined` where it has no plugin. */
  logitsProcessors?: readonly string[];
}

/** Properties of a loaded encoder. */
export interface EncoderModelInfo extends LoadedModelInfo, EncoderInfo {}

/** Messages to an engine process. The first is `load`. */
export type EngineCommand =
  | { type: 'load'; options: EngineProcessOptions }
  | { type: 'submit'; request: GenerationRequest }
  /** For encoders, in place of `submit`. */
  | { type: 'encode'; request: EncoderRequest }
  | { type: 'cancel'; id: string }
  | { type: 'ping' };

/** Messages from an engine process. One `step` carries the outputs of all requests of a pass. */
export type EngineEvent =
  | { type: 'loaded'; info: ModelInfo | EncoderModelInfo }
  | { type: 'load_failed'; error: SerializedAppError }
  | { type: 'step'; report: StepReport }
  /** A pass of an encoder. */
  | { type: 'encoded'; report: EncoderStepReport }
  /** Nothing runs and nothing waits. */
  | { type: 'idle' }
  | { type: 'rejected'; id: string; error: SerializedAppError }
  /** The engine has removed a cancelled request; its cost came before. */
  | { type: 'removed'; id: string }
  | { type: 'pong' };
