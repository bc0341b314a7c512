import type { EngineState } from '../channels/engine-channels.js';
import type { ModelEngine } from '../engine/model-engine.js';
import type { ModelTask } from '../model/model-task.js';
import { TextEngine } from '../text/text-engine.js';

/** The place of an engine that is not there. */
interface EmptyPlace {
  readonly absence: EngineState;
  readonly task: ModelTask | undefined;
}

/** Stands where a model has no engine: says so in its state, and refuses requests as an engine does that is not ready. */
export class AbsentEngine extends TextEngine implements ModelEngine {
  readonly waiting = 0;
  readonly unfinished = 0;
  readonly isSupervised = true;
  readonly pids = [];
  protected readonly text = undefined;

  /** @param name of the model, for messages */
  constructor(
    name: string,
    private readonly place: EmptyPlace,
  ) {
    super(name);
  }

  get state(): EngineState {
    return this.place.absence;
  }

  get task(): ModelTask | undefined {
    return this.place.task;
  }

  estimateWaitMs(): number {
    return 0;
  }

  estimateCost(): never {
    return this.refuse();
  }

  reserve(): never {
    return this.refuse();
  }

  start(): never {
    return this.refuse();
  }

  startEncoding(): never {
    return this.refuse();
  }

  startTensors(): never {
    return this.refuse();
  }

  async stop(): Promise<void> {}

  private refuse(): never {
    this.info();
    throw new Error('Bug: an engine that is not there was ready.');
  }
}
