/** Ids of requests that are known, each once: callers may send the same one again and again. */
export class UniqueIds {
  private readonly known = new Map<string, { holders: number; last: number }>();

  /** The id itself, or with a number where it is held: `id~2`, `id~3`, ... */
  take(id: string): string {
    const entry = this.known.get(id);
    if (!entry) {
      this.known.set(id, { holders: 1, last: 1 });
      return id;
    }
    entry.holders++;
    return `${id}~${++entry.last}`;
  }

  /** Gives back what {@link take} returned. */
  release(taken: string): void {
    const [id] = taken.split('~', 1);
    const entry = this.known.get(id);
    if (entry && --entry.holders === 0) this.known.delete(id);
  }
}
