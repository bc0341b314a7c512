import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EngineSupervisor, type EngineSupervisorOptions } from './engine-supervisor.js';

/** Owns the engine processes of the server: one per opened model. */
@Injectable()
export class BatchingService implements OnApplicationShutdown {
  private readonly supervisors: EngineSupervisor[] = [];

  /** Starts a model's engine process and returns at once; its `state` tells how far it is. */
  open(options: EngineSupervisorOptions): EngineSupervisor {
    const supervisor = new EngineSupervisor(options);
    this.supervisors.push(supervisor);
    return supervisor;
  }

  onApplicationShutdown(): void {
    for (const supervisor of this.supervisors) supervisor.stop();
  }
}
