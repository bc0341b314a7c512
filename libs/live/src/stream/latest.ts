/** The newest value of each of a bounded number of things, in the order in which they changed; the oldest go first. */
export class Latest<T> {
  private readonly byKey = new Map<string, T>();

  constructor(private readonly most: number) {}

  set(key: string, value: T): void {
    this.byKey.delete(key);
    this.byKey.set(key, value);
    if (this.byKey.size > this.most) this.byKey.delete(this.byKey.keys().next().value!);
  }

  delete(key: string): void {
    this.byKey.delete(key);
  }

  /** Takes out the one that has waited for longest. */
  take(): T | undefined {
    const [entry] = this.byKey;
    if (!entry) return undefined;
    this.byKey.delete(entry[0]);
    return entry[1];
  }
}
