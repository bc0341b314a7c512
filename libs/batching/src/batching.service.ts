import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type ModelEngine, ModelEngineFactory, type ModelEngineOptions } from './model-engine.js';

/** The engines of the app, one per model. */
@Injectable()
export class BatchingService implements BeforeApplicationShutdown {
  private readonly engines = new Map<string, ModelEngine>();

  constructor(@Inject(ModelEngineFactory) private readonly createEngine: ModelEngineFactory) {}

  /**
   * Starts a model's engine and returns at once; its `state` becomes `ready`.
   * @throws where the app has a model of this name already
   */
  open(options: ModelEngineOptions): void {
    const { name } = options;
    if (this.engines.has(name)) {
      throw new Error(`The model "${name}" is configured twice in this app. Give each model a name of its own.`);
    }
    this.engines.set(name, this.createEngine(options));
  }

  /** Whether a model is open here. */
  has(model: string): boolean {
    return this.engines.has(model);
  }

  /** The engine of an open model. */
  engine(model: string): ModelEngine {
    const engine = this.engines.get(model);
    if (!engine) throw new Error(`Bug: the model "${model}" was never opened.`);
    return engine;
  }

  /** Whether every engine process is watched. */
  get isSupervising(): boolean {
    return [...this.engines.values()].every((engine) => engine.isSupervised);
  }

  /** Before the server closes its connections, so that callers get their errors. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.engines.values()].map((engine) => engine.stop()));
  }
}
