import { MAX_UP } from '../protocol/events.schema.js';
import type { EndedRequest } from '../life/ended-requests.js';
import type { LifeStore } from '../life/life-store.js';
import type { RequestLife } from '../life/request-life.js';
import { forReader, idFor, type Reader, seesRequestsOf } from './reader.js';

/** Requests that have not ended and that one stream follows; of more it has the number only. */
const MAX_FOLLOWED = 128;
/** Bytes of the requests of an event, and of its ids: 16 KiB with all the rest. */
const MAX_UP_BYTES = 11 * 1024;
const MAX_GONE_BYTES = 4 * 1024;
/** Requests among those of an event that may have ended, so that there is room for those that go on. */
const MAX_UP_ENDED = MAX_UP / 2;

/** The requests that one stream follows, and the changes not sent yet. An event is made when it can be sent: a slow reader misses intermediate states. */
export class FollowedLives {
  /** The last version sent, by request. */
  private readonly told = new Map<RequestLife, number>();
  private endedUpTo: number;
  private upTo = -1;
  private more = JSON.stringify({ waiting: 0, running: 0 });

  constructor(
    private readonly store: LifeStore,
    private readonly reader: Reader,
  ) {
    this.endedUpTo = store.ended.last;
  }

  /** The JSON of the next `life` event; `undefined` where nothing has changed. */
  next(): string | undefined {
    const { store } = this;
    store.touchMoved();
    if (store.version === this.upTo) return undefined;
    this.upTo = store.version;
    const up = new UpList();
    const gone = this.ended(up);
    const changed = this.changed();
    const places = changed.some(({ isWaiting }) => isWaiting) ? store.places() : undefined;
    for (const life of changed) {
      const text = life.toText(places?.get(life));
      if (up.add(forReader(this.reader, life, text), MAX_UP)) this.told.set(life, life.version);
      // The rest goes into the next event.
      else this.upTo = -1;
    }
    const more = JSON.stringify(this.countMore());
    if (up.texts.length === 0 && gone.length === 0 && more === this.more) return undefined;
    this.more = more;
    return `{"at":${Date.now()},"up":[${up.texts.join()}],"gone":${JSON.stringify(gone)},"more":${more}}`;
  }

  /** Adds those that have ended, the newest first. @returns ids of those that the reader knows and that there is no room for */
  private ended(up: UpList): string[] {
    const { store, reader, told } = this;
    const added = new Set<EndedRequest>();
    for (const request of store.ended.since(this.endedUpTo)) {
      if (!seesRequestsOf(reader, request.client)) continue;
      if (!up.add(forReader(reader, request, request.text), MAX_UP_ENDED)) break;
      added.add(request);
    }
    this.endedUpTo = store.ended.last;
    const gone: string[] = [];
    let room = MAX_GONE_BYTES;
    for (const life of told.keys()) {
      if (!life.ended) continue;
      if (!added.has(life.ended)) {
        const id = idFor(reader, life);
        room -= id.length + 3;
        if (room < 0) break;
        gone.push(id);
      }
      told.delete(life);
    }
    // The rest goes into the next event.
    if (room < 0) this.upTo = -1;
    return gone;
  }

  /** Those that changed, the longest untold first, and new ones as far as there is room. */
  private changed(): RequestLife[] {
    const { store, reader, told } = this;
    const changed = [...told].filter(([life, version]) => life.version > version && !life.ended).map(([life]) => life);
    let room = MAX_FOLLOWED - told.size;
    for (const life of store.lives()) {
      if (room === 0) break;
      if (told.has(life) || !seesRequestsOf(reader, life.client)) continue;
      changed.push(life);
      room--;
    }
    return changed.toSorted((a, b) => (told.get(a) ?? 0) - (told.get(b) ?? 0));
  }

  private countMore(): { waiting: number; running: number } {
    const more = { waiting: 0, running: 0 };
    for (const life of this.store.lives()) {
      if (this.told.has(life) || !seesRequestsOf(this.reader, life.client)) continue;
      more[life.isWaiting || life.segments.phase === 'checks' ? 'waiting' : 'running']++;
    }
    return more;
  }
}

/** The requests of an event, within its bounds. */
class UpList {
  readonly texts: string[] = [];
  private room = MAX_UP_BYTES;

  /** @returns whether there was room for it among the first so many */
  add(text: string, most: number): boolean {
    const bytes = Buffer.byteLength(text) + 1;
    if (this.texts.length >= most || bytes > this.room) return false;
    this.room -= bytes;
    this.texts.push(text);
    return true;
  }
}
