import { AsyncLocalStorage } from 'node:async_hooks';
import type { EngineHold } from './resident-engine.js';

/** The engines that a request holds, by model: it uses the same ones from its start to its end. */
export class HeldEngines {
  private static readonly current = new AsyncLocalStorage<HeldEngines>();
  private readonly holds = new Map<string, EngineHold>();
  private isEnded = false;

  /** Those of the request that this code runs for; `undefined` where it runs for none. */
  static get ofThisRequest(): HeldEngines | undefined {
    return HeldEngines.current.getStore();
  }

  /** Runs the code of a request. */
  run<T>(work: () => T): T {
    return HeldEngines.current.run(this, work);
  }

  get(model: string): EngineHold | undefined {
    return this.holds.get(model);
  }

  add(model: string, hold: EngineHold): void {
    if (this.isEnded || this.holds.has(model)) hold.release();
    else this.holds.set(model, hold);
  }

  /** Releases all of them. */
  end(): void {
    this.isEnded = true;
    for (const hold of this.holds.values()) hold.release();
    this.holds.clear();
  }
}
