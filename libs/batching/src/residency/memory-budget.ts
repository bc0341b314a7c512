import { setTimeout } from 'node:timers/promises';
import { loadAbandoned, noRoomForModel } from '../generation/batching.errors.js';
import type { ResidentEngine } from './resident-engine.js';

/** A load that waits for room looks for it so often, while every other model is in use. */
const WAIT_MS = 20;

/** A model that is to be loaded. */
interface Newcomer {
  /** The model's name, for messages. */
  name: string;
  resident: ResidentEngine;
  /** Whether anybody still waits for it. */
  isWanted: () => boolean;
}

/** The memory that models take together. Who was not used for longest makes room for others. */
export class MemoryBudget {
  private readonly residents = new Map<ResidentEngine, () => Promise<void>>();
  /** The newcomer that looks for room; the next ones wait for it. */
  private turn: Promise<void> | undefined;

  /** @param limitBytes `undefined`: there is no limit */
  constructor(readonly limitBytes: number | undefined) {}

  /** Bytes that all models take or will take. */
  get bytes(): number {
    return [...this.residents.keys()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Takes the memory for a model; at once where there is room, else when others have left.
   * @param leave makes the model leave, when another one needs its memory
   * @returns `undefined` where there is room now; else settles when there is, and rejects with `model_unavailable` where there cannot be, and with
   * `model_loading` where nobody waits for the model any more
   */
  enter(newcomer: Newcomer, leave: () => Promise<void>): Promise<void> | undefined {
    const { resident } = newcomer;
    if (!this.turn && this.hasRoomFor(resident)) {
      this.residents.set(resident, leave);
      return undefined;
    }
    const turn = (this.turn ?? Promise.resolve())
      .catch(() => {})
      .then(() => this.makeRoom(newcomer))
      .then(() => void this.residents.set(resident, leave))
      .finally(() => {
        if (this.turn === turn) this.turn = undefined;
      });
    this.turn = turn;
    return turn;
  }

  /** Gives the memory of a model back. */
  leave(resident: ResidentEngine): void {
    this.residents.delete(resident);
  }

  /** Makes models leave that are not in use, while all together have grown over the limit. */
  async enforce(): Promise<void> {
    if (this.limitBytes === undefined || this.turn) return;
    while (this.bytes > this.limitBytes) {
      const idle = this.leastRecent((resident) => !resident.isInUse);
      if (!idle) return;
      await this.residents.get(idle)!();
    }
  }

  private hasRoomFor({ bytes }: ResidentEngine): boolean {
    return this.limitBytes === undefined || this.bytes + bytes <= this.limitBytes;
  }

  private async makeRoom({ name, resident, isWanted }: Newcomer): Promise<void> {
    while (!this.hasRoomFor(resident)) {
      if (!isWanted()) throw loadAbandoned(name);
      const kept = [...this.residents.keys()].filter(({ isKept }) => isKept);
      const limit = this.limitBytes! - kept.reduce((sum, { bytes }) => sum + bytes, 0);
      if (resident.bytes > limit) throw noRoomForModel(name, resident.bytes, limit);
      const leaving = this.leastRecent((other) => !other.isInUse) ?? this.leastRecent(() => true);
      if (leaving) await this.residents.get(leaving)?.();
      else await setTimeout(WAIT_MS);
    }
  }

  /** The one that was not used for longest, of those that may leave. */
  private leastRecent(isIncluded: (resident: ResidentEngine) => boolean): ResidentEngine | undefined {
    return [...this.residents.keys()]
      .filter((resident) => resident.mayLeave && isIncluded(resident))
      .sort((a, b) => a.lastUsedAt - b.lastUsedAt)
      .at(0);
  }
}
