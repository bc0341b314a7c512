import type { EncoderStepReport, StepReport, TensorStepReport } from '@frontier/engine';
import type { GenerationPhase } from '../generation/generation-event.js';
import {
  type Cancellation,
  cancellationChannel,
  type EncoderStep,
  encoderStepChannel,
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineStep,
  engineStepChannel,
  type TensorStep,
  tensorStepChannel,
} from './engine-channels.js';

let queues = 0;
let processes = 0;

/** Publishes what one engine does: its steps under the number of its process, and its queue. */
export class EnginePublisher {
  private readonly queueNumber = ++queues;
  private process: number | undefined;

  constructor(private readonly model: string) {}

  /** An engine process has loaded the model. */
  begin(): void {
    this.process = ++processes;
  }

  step(report: StepReport): void {
    if (engineStepChannel.hasSubscribers) engineStepChannel.publish({ ...this.source, report } satisfies EngineStep);
  }

  encoded(report: EncoderStepReport): void {
    if (encoderStepChannel.hasSubscribers) encoderStepChannel.publish({ ...this.source, report } satisfies EncoderStep);
  }

  ran(report: TensorStepReport): void {
    if (tensorStepChannel.hasSubscribers) tensorStepChannel.publish({ ...this.source, report } satisfies TensorStep);
  }

  idle(): void {
    if (engineIdleChannel.hasSubscribers) engineIdleChannel.publish(this.source satisfies EngineIdle);
  }

  /** The engine process has ended, or is ended now. */
  end(): void {
    if (this.process === undefined) return;
    engineIdleChannel.publish({ ...this.source, hasEnded: true } satisfies EngineIdle);
    this.process = undefined;
  }

  /** @param waiting answers that no step has worked on */
  queue(waiting: number): void {
    if (!engineQueueChannel.hasSubscribers) return;
    engineQueueChannel.publish({ model: this.model, queue: this.queueNumber, waiting } satisfies EngineQueue);
  }

  cancelled(phase: GenerationPhase): void {
    cancellationChannel.publish({ model: this.model, phase } satisfies Cancellation);
  }

  private get source(): { model: string; process: number | undefined } {
    return { model: this.model, process: this.process };
  }
}
