import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { EngineSupervisor, type EngineSupervisorOptions } from './engine-supervisor.js';

/** Owns the engine processes of the server, one per model. */
@Injectable()
export class BatchingService implements BeforeApplicationShutdown {
  private readonly engines = new Map<string, EngineSupervisor>();

  /** Starts a model's engine process and returns at once; the engine's `state` tells how far it is. */
  open(options: EngineSupervisorOptions): void {
    if (this.engines.has(options.name)) throw new Error(`Bug: the model "${options.name}" is already open.`);
    this.engines.set(options.name, new EngineSupervisor(options));
  }

  /** Whether a model is open here. */
  has(model: string): boolean {
    return this.engines.has(model);
  }

  /** The engine of an open model. */
  engine(model: string): EngineSupervisor {
    const engine = this.engines.get(model);
    if (!engine) throw new Error(`Bug: the model "${model}" was never opened.`);
    return engine;
  }

  /** Whether every engine process is watched. */
  get isSupervising(): boolean {
    return [...this.engines.values()].every((engine) => engine.isSupervised);
  }

  /** Before the server closes its connections, so that callers are told. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.engines.values()].map((engine) => engine.stop()));
  }
}
