import { setImmediate as nextPass } from 'node:timers/promises';

/** One piece of work at a time, each in a pass of the event loop of its own; owners take turns. */
export class FairTurns {
  private readonly waiting = new Map<string, (() => void)[]>();
  private isBusy = false;

  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    if (this.isBusy) await this.turnOf(owner);
    this.isBusy = true;
    try {
      return await work();
    } finally {
      void nextPass().then(() => this.next());
    }
  }

  private turnOf(owner: string): Promise<void> {
    return new Promise((resolve) => {
      const own = this.waiting.get(owner);
      if (own) own.push(resolve);
      else this.waiting.set(owner, [resolve]);
    });
  }

  private next(): void {
    const first = this.waiting.entries().next();
    if (first.done) {
      this.isBusy = false;
      return;
    }
    const [owner, own] = first.value;
    const begin = own.shift()!;
    // An owner that has had a turn comes last.
    this.waiting.delete(owner);
    if (own.length > 0) this.waiting.set(owner, own);
    begin();
  }
}
