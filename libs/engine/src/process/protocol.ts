import type { SerializedAppError } from '@frontier/errors';
import type { EncoderInfo, EncoderRequest, EncoderStepReport } from '../encoder/encoder-types.js';
import type { EngineOptions } from '../engine/engine.options.js';
import type { Precision } from '../graph/quantization/precision.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import type { GraphOrigin } from '../load/loaded-model.js';
import type { ModelOptions } from '../load/model-options.js';
import type { ProviderName } from '../runner/provider.js';
import type { SamplingParams } from '../sampler/sampling-params.js';
import type { StepReport } from '../sequence/step-report.js';
import type { TensorEngineOptions } from '../tensors/tensor-engine.js';
import type { TensorRequest, TensorSignature, TensorStepReport } from '../tensors/tensor.js';

/** Everything an engine process needs to load its model; for encoders, the options of their batches too. */
export interface EngineProcessOptions extends ModelOptions, EngineOptions, Partial<TensorEngineOptions> {
  maxBatchSize: number;
  /** Memory that the process may take, in bytes; default: all that there is. */
  memoryLimitBytes?: number | undefined;
  /** True where tensors are taken also of a file that works on texts. */
  takesTensors?: boolean;
}

/** Properties of any loaded model. */
interface LoadedModelInfo {
  architecture: string;
  loadMs: number;
  provider: ProviderName;
  graphOrigin: GraphOrigin;
  /** Deviations from what was asked for. */
  warnings: string[];
  /** Names everything that an output depends on beside its request; see {@link LoadedModel}. */
  fingerprint: string;
}

/** Properties of a loaded model that works on texts. */
interface TextModelInfo extends LoadedModelInfo {
  /** The number of its tokens: ids from 0 to one less. */
  vocabSize: number;
}

/** Properties of a loaded model that generates. */
export interface ModelInfo extends TextModelInfo {
  kind: 'decoder';
  contextLength: number;
  /** Of its weights in decode passes; `undefined` where they are as a file in ONNX has them. */
  precision?: Precision;
  /** Bytes that keys and values of earlier prompts may take. */
  prefixCacheBytes: number;
  /** The model's own defaults for requests, before `DEFAULT_SAMPLING_PARAMS`. */
  defaults: Partial<SamplingParams>;
  /** Names of the logits processors of its plugin; `undefined` where it has no plugin. */
  logitsProcessors?: readonly string[];
}

/** Properties of a loaded encoder. */
export interface EncoderModelInfo extends TextModelInfo, EncoderInfo {}

/** Properties of a loaded model of tensors. */
export interface TensorModelInfo extends LoadedModelInfo, TensorSignature {
  kind: 'tensor';
}

/** Properties of a loaded model, whatever it does. */
export type AnyModelInfo = ModelInfo | EncoderModelInfo | TensorModelInfo;

/** Messages to an engine process. The first is `load`. */
export type EngineCommand =
  | { type: 'load'; options: EngineProcessOptions }
  | { type: 'submit'; request: GenerationRequest }
  /** For encoders, in place of `submit`. */
  | { type: 'encode'; request: EncoderRequest }
  /** For models of tensors, in place of `submit`. */
  | { type: 'run'; request: TensorRequest }
  | { type: 'cancel'; id: string }
  | { type: 'ping' };

/** Messages from an engine process. One `step` carries the outputs of all requests of a pass. */
export type EngineEvent =
  | { type: 'loaded'; info: AnyModelInfo }
  | { type: 'load_failed'; error: SerializedAppError }
  | { type: 'step'; report: StepReport }
  /** A pass of an encoder. */
  | { type: 'encoded'; report: EncoderStepReport }
  /** A pass of a model of tensors begins: those requests are not to be sent again where it does not end. */
  | { type: 'began'; ids: readonly string[] }
  /** A pass of a model of tensors. */
  | { type: 'ran'; report: TensorStepReport }
  /** Nothing runs and nothing waits. */
  | { type: 'idle' }
  | { type: 'rejected'; id: string; error: SerializedAppError }
  /** The engine has removed a cancelled request; its cost came before. */
  | { type: 'removed'; id: string }
  | { type: 'pong' };
