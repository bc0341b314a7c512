import { channel } from 'node:diagnostics_channel';
import type { AnyModelInfo, EncoderStepReport, Priority, StepReport, TensorStepReport } from '@frontier/engine';
import type { SerializedAppError } from '@frontier/errors';
import type { GenerationPhase } from '../generation/generation-event.js';
import type { LoadProgress } from '../model/load-progress.js';

/** The phase of a model's engine. */
export type EngineState =
  /** Not in memory, until a request loads it or, where that is not wanted, the operator. */
  | { phase: 'unloaded'; isOnDemand: boolean }
  | { phase: 'loading'; progress?: LoadProgress }
  | { phase: 'ready'; info: AnyModelInfo }
  /** The process ended for this reason; the next one loads, or is due after a delay. */
  | { phase: 'restarting'; reason: string }
  /** The model cannot be loaded, now or later. */
  | { phase: 'failed'; error: SerializedAppError }
  | { phase: 'stopped' };

/** Message of {@link engineStateChannel}. */
export interface EngineStateChange {
  model: string;
  state: EngineState;
}

/** Publishes an {@link EngineStateChange} whenever a model's engine changes its state (`node:diagnostics_channel`). */
export const engineStateChannel = channel('frontier.engine.state');

/** Message of {@link engineStepChannel}. */
export interface EngineStep {
  model: string;
  /** Number of the engine process, of all of this server: its counters begin at zero. While one replaces another, a model has two. */
  process?: number;
  report: StepReport;
}

/** Publishes an {@link EngineStep} for each step of an engine (`node:diagnostics_channel`). */
export const engineStepChannel = channel('frontier.engine.step');

/** Message of {@link encoderStepChannel}. */
export interface EncoderStep {
  model: string;
  /** As in an {@link EngineStep}. */
  process?: number;
  report: EncoderStepReport;
}

/** Publishes an {@link EncoderStep} for each pass of an encoder (`node:diagnostics_channel`). */
export const encoderStepChannel = channel('frontier.encoder.step');

/** Message of {@link tensorStepChannel}. */
export interface TensorStep {
  model: string;
  /** As in an {@link EngineStep}. */
  process?: number;
  report: TensorStepReport;
}

/** Publishes a {@link TensorStep} for each pass of a model of tensors (`node:diagnostics_channel`). */
export const tensorStepChannel = channel('frontier.tensor.step');

/** Message of {@link engineRequestChannel}. */
export interface EngineRequest {
  model: string;
  /** Names it in the reports of steps. */
  id: string;
  /** The principal of the request. */
  caller: string;
  priority: Priority;
  /** `generate`: answers to a prompt; `encode`: inputs of an encoder; `run`: tensors. */
  kind: 'generate' | 'encode' | 'run';
  /** Answers, inputs, or 1. */
  parts: number;
  /** Of the prompt, or of all inputs; 0 for tensors. */
  promptTokens: number;
  /** Tokens that all answers may have together. */
  maxNewTokens: number;
  /** Its answers so far; requests that share them get the same object. */
  generation: object;
}

/**
 * Publishes an {@link EngineRequest} for each request that an engine's queue takes, in the asynchronous context of that request
 * (`node:diagnostics_channel`).
 */
export const engineRequestChannel = channel('frontier.engine.request');

/** Message of {@link engineIdleChannel}. */
export interface EngineIdle {
  model: string;
  /** As in an {@link EngineStep}. */
  process?: number;
  /** The process has ended: nothing more comes of it. */
  hasEnded?: boolean;
}

/** Publishes an {@link EngineIdle} when an engine process has nothing left to do, and when it has ended (`node:diagnostics_channel`). */
export const engineIdleChannel = channel('frontier.engine.idle');

/** Message of {@link engineQueueChannel}. */
export interface EngineQueue {
  model: string;
  /** Number of the queue, of all of this server. While one engine replaces another, a model has two, whose requests add up. */
  queue?: number;
  /** Answers that wait for a model, also while its engine is being started again. */
  waiting: number;
}

/** Publishes an {@link EngineQueue} whenever a model's queue grows or shrinks (`node:diagnostics_channel`). */
export const engineQueueChannel = channel('frontier.engine.queue');

/** Message of {@link engineOutputChannel}. */
export interface EngineOutput {
  model: string;
  /** One line of an engine process's standard output or error, mostly of native code. */
  line: string;
}

/** Publishes an {@link EngineOutput} for each line that an engine process writes (`node:diagnostics_channel`). */
export const engineOutputChannel = channel('frontier.engine.output');

/** Message of {@link cancellationChannel}. */
export interface Cancellation {
  model: string;
  phase: GenerationPhase;
}

/** Publishes a {@link Cancellation} for each generation that lost its last reader before its end (`node:diagnostics_channel`). */
export const cancellationChannel = channel('frontier.engine.cancellation');
