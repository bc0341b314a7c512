import { AsyncLocalStorage } from 'node:async_hooks';
import type { EngineHold } from './resident-engine.js';

/** The engines that a request holds, by model: it uses the same ones from its start to its end. */
export class HeldEngines {
  private static readonly current = new AsyncLocalStorage<HeldEngines>();
  private readonly holds = new Map<string, EngineHold>();
  /** Parts of the request that have not ended. */
  private parts = 0;

  /** Those of the request that this code runs for; `undefined` where it runs for none. */
  static get ofThisRequest(): HeldEngines | undefined {
    return HeldEngines.current.getStore();
  }

  /** Runs a part of the request. When all parts have ended, what is held is released. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Begins a part of the request; {@link end} is to be called once for it. */
  begin(): void {
    this.parts++;
  }

  end(): void {
    if (--this.parts > 0) return;
    for (const hold of this.holds.values()) hold.release();
    this.holds.clear();
  }

  /** Runs code that uses what is held. */
  run<T>(work: () => T): T {
    return HeldEngines.current.run(this, work);
  }

  get(model: string): EngineHold | undefined {
    return this.holds.get(model);
  }

  /** Keeps a hold for as long as a part of the request runs. */
  add(model: string, hold: EngineHold): void {
    if (this.parts === 0 || this.holds.has(model)) hold.release();
    else this.holds.set(model, hold);
  }
}
