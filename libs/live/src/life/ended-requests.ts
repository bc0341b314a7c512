import { MAX_ENDED } from '../protocol/events.schema.js';
import type { LifeIds } from './unique-ids.js';

/** A request that has ended, as it is sent. */
export interface EndedRequest {
  /** Counts those that ended, from 1 on. */
  number: number;
  ids: LifeIds;
  client: string | undefined;
  /** The request whose answer it shares. */
  leader: LifeIds | undefined;
  /** JSON, without ids and client. */
  text: string;
}

/**
 * The requests that ended last. Callers share the places: the oldest one of the caller with most of them goes first, so that none can push
 * another's out with requests that are refused.
 */
export class EndedRequests implements Iterable<EndedRequest> {
  private readonly list: EndedRequest[] = [];
  private readonly byClient = new Map<string | undefined, number>();
  private count = 0;

  /** The number of the last one. */
  get last(): number {
    return this.count;
  }

  [Symbol.iterator](): Iterator<EndedRequest> {
    return this.list[Symbol.iterator]();
  }

  /** Those that ended after a number, newest first. */
  *since(number: number): Iterable<EndedRequest> {
    for (let i = this.list.length - 1; i >= 0 && this.list[i].number > number; i--) yield this.list[i];
  }

  /** Those from one number to another one that are still kept when their turn comes, oldest first. */
  *between(first: number, last: number): Iterable<EndedRequest> {
    for (let next = first; ; next++) {
      const found = this.list.find(({ number }) => number >= next);
      if (!found || found.number > last) return;
      yield found;
      next = found.number;
    }
  }

  /** Keeps a request; @returns it, and the one that had to go for it. */
  add(request: Omit<EndedRequest, 'number'>): { kept: EndedRequest; dropped?: EndedRequest } {
    const kept = { number: ++this.count, ...request };
    this.list.push(kept);
    this.byClient.set(kept.client, (this.byClient.get(kept.client) ?? 0) + 1);
    return { kept, dropped: this.list.length > MAX_ENDED ? this.drop() : undefined };
  }

  private drop(): EndedRequest {
    let most: string | undefined;
    let places = 0;
    for (const [client, held] of this.byClient) if (held > places) [most, places] = [client, held];
    const [dropped] = this.list.splice(
      this.list.findIndex(({ client }) => client === most),
      1,
    );
    if (places > 1) this.byClient.set(most, places - 1);
    else this.byClient.delete(most);
    return dropped;
  }
}
