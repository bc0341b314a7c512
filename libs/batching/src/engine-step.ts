import { channel } from 'node:diagnostics_channel';
import type { StepReport } from '@frontier/engine';

/** What {@link engineStepChannel} carries. */
export interface EngineStep {
  model: string;
  report: StepReport;
}

/** Publishes an {@link EngineStep} for each pass of an engine (`node:diagnostics_channel`). */
export const engineStepChannel = channel('frontier.engine.step');

/** Publishes an {@link EngineIdle} when an engine has nothing left to do (`node:diagnostics_channel`). */
export const engineIdleChannel = channel('frontier.engine.idle');

/** What {@link engineIdleChannel} carries. */
export interface EngineIdle {
  model: string;
}

/** What {@link engineQueueChannel} carries. */
export interface EngineQueue {
  model: string;
  /** Answers that wait for a model, also while its engine is being started again. */
  waiting: number;
}

/** Publishes an {@link EngineQueue} whenever a model's queue grows or shrinks (`node:diagnostics_channel`). */
export const engineQueueChannel = channel('frontier.engine.queue');
