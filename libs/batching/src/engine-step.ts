import { channel } from 'node:diagnostics_channel';
import type { StepReport } from '@frontier/engine';

/** What {@link engineStepChannel} carries. */
export interface EngineStep {
  model: string;
  report: StepReport;
}

/** Publishes an {@link EngineStep} for each pass of an engine (`node:diagnostics_channel`). */
export const engineStepChannel = channel('frontier.engine.step');
