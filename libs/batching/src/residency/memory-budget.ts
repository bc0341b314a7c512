import { setTimeout } from 'node:timers/promises';
import { loadAbandoned, modelTooLarge } from '../generation/batching.errors.js';
import type { ResidentEngine } from './resident-engine.js';

/** A load that waits for room looks for it so often. */
const WAIT_MS = 20;

/** A model that is to be loaded. */
interface Newcomer {
  /** The model's name, for messages. */
  name: string;
  resident: ResidentEngine;
  /** The engine whose place it takes, which serves until then. */
  replaces?: ResidentEngine | undefined;
  /** Whether anybody still waits for it. */
  isWanted: () => boolean;
}

/** The memory that models take together. Who was not used for longest makes room for others. */
export class MemoryBudget {
  private readonly residents = new Map<ResidentEngine, () => Promise<void>>();
  /** The newcomer that looks for room; the next ones wait for it. */
  private turn: Promise<void> | undefined;
  private isEnforcing = false;

  /** @param limitBytes `undefined`: there is no limit */
  constructor(readonly limitBytes: number | undefined) {}

  /** Bytes that all models take or will take. */
  get bytes(): number {
    return bytesOf(this.sizes(), () => true);
  }

  /** Bytes that a model may take beside the others; `undefined` where there is no limit. */
  roomOf(resident: ResidentEngine): number | undefined {
    if (this.limitBytes === undefined) return undefined;
    return Math.max(resident.estimate, this.limitBytes - bytesOf(this.sizes(), (other) => other !== resident));
  }

  /**
   * Takes the memory for a model; at once where there is room, else when others have left.
   * @param leave makes the model leave, when another one needs its memory
   * @returns `undefined` where there is room now; else settles when there is, and rejects with `model_too_large` where there cannot be, and with
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

  /** Makes models leave, one after the other, while all together have grown over the limit. */
  async enforce(): Promise<void> {
    if (this.limitBytes === undefined || this.turn || this.isEnforcing) return;
    this.isEnforcing = true;
    try {
      while (this.bytes > this.limitBytes) {
        const leaving = this.nextToLeave();
        if (!leaving) return;
        await this.residents.get(leaving)!();
      }
    } finally {
      this.isEnforcing = false;
    }
  }

  private hasRoomFor({ bytes }: ResidentEngine): boolean {
    return this.limitBytes === undefined || this.bytes + bytes <= this.limitBytes;
  }

  private async makeRoom({ name, resident, replaces, isWanted }: Newcomer): Promise<void> {
    const limit = this.limitBytes!;
    const need = resident.bytes;
    for (;;) {
      // Each size is measured once in a turn.
      const sizes = this.sizes();
      if (bytesOf(sizes, () => true) + need <= limit) break;
      if (!isWanted()) throw loadAbandoned(name);
      const left = limit - bytesOf(sizes, (other) => other.isKept || other === replaces);
      if (need > left) throw modelTooLarge(name, need, left);
      const isEnough = bytesOf(sizes, (other) => !other.isLeaving) + need <= limit;
      const leaving = isEnough ? undefined : this.nextToLeave(replaces);
      if (leaving) void this.residents.get(leaving)!();
      await setTimeout(WAIT_MS);
    }
    if (!isWanted()) throw loadAbandoned(name);
  }

  /** Of those that may leave the one that was not used for longest; of those that nobody uses, where there are any. */
  private nextToLeave(except?: ResidentEngine): ResidentEngine | undefined {
    const able = [...this.residents.keys()].filter((resident) => resident.mayLeave && resident !== except);
    const idle = able.filter((resident) => !resident.isInUse);
    return (idle.length > 0 ? idle : able).sort((a, b) => a.lastUsedAt - b.lastUsedAt).at(0);
  }

  private sizes(): ReadonlyMap<ResidentEngine, number> {
    return new Map([...this.residents.keys()].map((resident) => [resident, resident.bytes]));
  }
}

function bytesOf(sizes: ReadonlyMap<ResidentEngine, number>, isCounted: (resident: ResidentEngine) => boolean): number {
  return [...sizes].reduce((sum, [resident, bytes]) => (isCounted(resident) ? sum + bytes : sum), 0);
}
