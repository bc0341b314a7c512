import type { EngineState } from '../channels/engine-channels.js';
import type { ResidencyStatus } from './residency.js';

const STATUSES: Record<EngineState['phase'], ResidencyStatus> = {
  unloaded: 'unloaded',
  loading: 'loading',
  restarting: 'loading',
  ready: 'ready',
  failed: 'failed',
  stopped: 'unloaded',
};

/** The status of a model's place, and since when. */
export class StatusClock {
  private current: { status: ResidencyStatus; since: number } = { status: 'unloaded', since: Date.now() };

  get status(): ResidencyStatus {
    return this.current.status;
  }

  /** In milliseconds since 1970. */
  get since(): number {
    return this.current.since;
  }

  note({ phase }: EngineState, isLeaving: boolean): void {
    const status = isLeaving ? 'unloading' : STATUSES[phase];
    if (status !== this.status) this.current = { status, since: Date.now() };
  }
}
