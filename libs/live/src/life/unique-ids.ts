/** The ids of a request. Its caller sees none that tells of other callers. */
export interface LifeIds {
  requestId: string;
  /** Name of the caller's key. */
  client: string | undefined;
  /** Unique among the known requests of its caller. */
  own: string;
  /** Unique among all known requests. */
  all: string;
}

/** Ids of requests that are known, each once: callers may send the same one again and again. */
export class UniqueIds {
  private readonly all = new HeldIds();
  private readonly byClient = new Map<string | undefined, HeldIds>();

  take(requestId: string, client: string | undefined): LifeIds {
    let held = this.byClient.get(client);
    if (!held) this.byClient.set(client, (held = new HeldIds()));
    return { requestId, client, own: held.take(requestId), all: this.all.take(requestId) };
  }

  /** Gives back what {@link take} returned. */
  release({ requestId, client }: LifeIds): void {
    this.all.release(requestId);
    const held = this.byClient.get(client);
    held?.release(requestId);
    if (held?.isEmpty) this.byClient.delete(client);
  }
}

class HeldIds {
  private readonly known = new Map<string, { holders: number; last: number }>();

  get isEmpty(): boolean {
    return this.known.size === 0;
  }

  /** The id itself or, where it is held, with a number: `id~2`, `id~3`, ... */
  take(id: string): string {
    const entry = this.known.get(id);
    if (!entry) {
      this.known.set(id, { holders: 1, last: 1 });
      return id;
    }
    entry.holders++;
    return `${id}~${++entry.last}`;
  }

  release(id: string): void {
    const entry = this.known.get(id);
    if (entry && --entry.holders === 0) this.known.delete(id);
  }
}
