import { Readable } from 'node:stream';
import type { Bye, LiveEventName, LiveJob, Notice } from '../protocol/events.schema.js';
import type { LiveModel } from '../protocol/model.schema.js';
import { MAX_NOTICES } from '../activity/notice-board.js';
import type { Collector } from './collector.js';
import { FollowedLives } from './followed-lives.js';
import { helloPieces } from './hello.js';
import { Latest } from './latest.js';
import { modelFor, type Reader, seesJobsOf, seesModel, seesNotice } from './reader.js';

/** Bytes that are written ahead of a reader. */
const WRITE_AHEAD_BYTES = 16 * 1024;
/** Things whose changes are kept for a reader that has not taken them. */
const MAX_MODELS = 64;
const MAX_JOBS = 64;

/** Time after which a reader may connect again, by the reason for the end. */
const RETRY_MS: Record<Bye['reason'], number> = {
  shutting_down: 2000,
  lagging: 1000,
  key_revoked: 15_000,
  limit: 0,
};

/**
 * The events of one reader. Each is made at the moment at which the reader can take it, so that a slow one gets the newest state, and nothing grows
 * while it waits.
 */
export class LiveStream {
  readonly openedAt = performance.now();
  /** Since when the reader has taken nothing; `undefined` while it does. */
  stalledAt: number | undefined;
  private readonly lives: FollowedLives;
  private readonly models = new Latest<LiveModel>(MAX_MODELS);
  /** Models on their way, which change all the time: sent every other quarter of a second. */
  private readonly loading = new Latest<LiveModel>(MAX_MODELS);
  private readonly notices = new Latest<Notice>(MAX_NOTICES);
  private readonly jobs = new Latest<LiveJob>(MAX_JOBS);
  /** Ids of notices that hold, and that the reader has. */
  private readonly told: Set<string>;
  private isTickDue = false;
  private isLifeDue = false;
  private quarters = 0;
  private end: Bye | undefined;
  private isClosed = false;
  private wake = (): void => {};

  constructor(
    private readonly collector: Collector,
    readonly reader: Reader,
  ) {
    this.lives = new FollowedLives(collector.lives.store, reader);
    const notices = collector.conditions.board.list().filter((notice) => seesNotice(reader, notice));
    this.told = new Set(notices.filter(({ until }) => until === undefined).map(({ id }) => id));
  }

  /** Whether it has ended, and only its reader has not taken all of it. */
  get isEnding(): boolean {
    return this.end !== undefined;
  }

  /** The body of the response. */
  read(): Readable {
    return Readable.from(this.pieces(), { objectMode: false, highWaterMark: WRITE_AHEAD_BYTES });
  }

  /** A second has passed. */
  onSecond(): void {
    this.isTickDue = true;
    this.wake();
  }

  /** A quarter of a second has passed. */
  onQuarter(): void {
    this.isLifeDue = true;
    this.quarters++;
    this.wake();
  }

  onModel(model: LiveModel): void {
    if (!seesModel(this.reader, model.id)) return;
    const [news, old] = model.progress ? [this.loading, this.models] : [this.models, this.loading];
    old.delete(model.id);
    news.set(model.id, modelFor(this.reader, model));
  }

  onJob(owner: string, job: LiveJob): void {
    if (seesJobsOf(this.reader, owner)) this.jobs.set(job.id, job);
  }

  onNotice(notice: Notice): void {
    // The reader may see nothing more of a model that is gone, but must learn that what it was told is over.
    if (!seesNotice(this.reader, notice) && !this.told.has(notice.id)) return;
    if (notice.until === undefined) this.told.add(notice.id);
    else this.told.delete(notice.id);
    this.notices.set(notice.id, notice);
    this.wake();
  }

  /**
   * Ends it with a `bye`.
   * @param retryMs time after which its reader may connect again
   */
  finish(reason: Bye['reason'], retryMs = RETRY_MS[reason]): void {
    this.end ??= { reason, retry_ms: retryMs };
    this.wake();
  }

  /** The connection is closed. */
  close(): void {
    this.isClosed = true;
    this.wake();
  }

  private async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.taken('event: hello\ndata: ');
    for (const piece of helloPieces(this.collector, this.reader)) yield* this.taken(piece);
    yield* this.taken('\n\n');
    while (!this.isClosed) {
      const { end } = this;
      if (end) {
        // It says that the server drains.
        const notice = end.reason === 'shutting_down' ? this.notices.take() : undefined;
        if (notice) {
          yield* this.taken(eventOf('notice', JSON.stringify(notice)));
          continue;
        }
        return yield* this.taken(eventOf('bye', JSON.stringify(end)));
      }
      const text = this.next();
      if (text !== undefined) yield* this.taken(text);
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Notes how long the reader leaves a piece where it is. */
  private async *taken(text: string): AsyncGenerator<Buffer, void, undefined> {
    this.stalledAt = performance.now();
    yield Buffer.from(text);
    this.stalledAt = undefined;
  }

  /** The next event that is due. */
  private next(): string | undefined {
    const notice = this.notices.take();
    if (notice) return eventOf('notice', JSON.stringify(notice));
    if (this.isTickDue) {
      this.isTickDue = false;
      return eventOf('tick', JSON.stringify(this.collector.tick(this.reader)));
    }
    if (!this.isLifeDue) return undefined;
    const model = this.models.take() ?? (this.quarters % 2 === 0 ? this.loading.take() : undefined);
    if (model) return eventOf('model', JSON.stringify(model));
    const job = this.jobs.take();
    if (job) return eventOf('job', JSON.stringify(job));
    this.isLifeDue = false;
    const life = this.lives.next();
    return life === undefined ? undefined : eventOf('life', life);
  }
}

function eventOf(name: LiveEventName, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
