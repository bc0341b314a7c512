/** A queue in which callers take turns, each with its oldest item. */
export class FairQueue<T> {
  private readonly byCaller = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.byCaller.size === 0;
  }

  add(caller: string, item: T): void {
    const items = this.byCaller.get(caller);
    if (items) items.add(item);
    else this.byCaller.set(caller, new Set([item]));
  }

  /** Takes the next item out; its caller's turn comes again after those of all others. */
  take(): T | undefined {
    for (const [caller, items] of this.byCaller) {
      const [item] = items;
      this.byCaller.delete(caller);
      items.delete(item);
      if (items.size > 0) this.byCaller.set(caller, items);
      return item;
    }
    return undefined;
  }

  /** Takes an item out wherever it is; false where it is no longer there. */
  remove(caller: string, item: T): boolean {
    const items = this.byCaller.get(caller);
    const wasThere = items?.delete(item) ?? false;
    if (items?.size === 0) this.byCaller.delete(caller);
    return wasThere;
  }

  /** Takes all items out. */
  drain(): T[] {
    const items = [...this.byCaller.values()].flatMap((entries) => [...entries]);
    this.byCaller.clear();
    return items;
  }
}
