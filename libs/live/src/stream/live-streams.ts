import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { shuttingDown } from '@frontier/errors';
import { Drain } from '@frontier/http';
import { Collector } from './collector.js';
import { LiveStream } from './live-stream.js';
import { tooManyStreams } from './live.errors.js';
import type { Reader } from './reader.js';

/** Streams of the process, and of one key. */
const MAX_STREAMS = 8;
const MAX_STREAMS_OF_KEY = 2;
/** Time after which the reader of a stream that had to go for an operator's looks for a place again. */
const DISPLACED_RETRY_MS = 15_000;
/** A reader that takes nothing for so long gets a `bye`. */
const LAG_MS = 30_000;
/** No stream is open for longer; its reader connects again. */
const MAX_AGE_MS = 12 * 3_600_000;
const SECOND_MS = 1000;
const QUARTER_MS = 250;
/** Seconds after which keys are looked up again. */
const KEY_CHECK_SECONDS = 5;

/** Tells whether the key of a stream still has the rights that it began with. */
export type KeyCheck = () => boolean | Promise<boolean>;

/** The open streams, and the clock of all of them. */
@Injectable()
export class LiveStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** As {@link LAG_MS}; tests wait for less. */
  lagMs = LAG_MS;
  private readonly streams = new Map<LiveStream, KeyCheck>();
  private second: NodeJS.Timeout | undefined;
  private quarter: NodeJS.Timeout | undefined;
  private seconds = 0;

  constructor(
    private readonly collector: Collector,
    private readonly drain: Drain,
  ) {
    collector.models.follow({
      onChange: (model) => this.each((stream) => stream.onModel(model)),
      onGone: (gone) => collector.keepModels((model) => model !== gone),
    });
    collector.conditions.follow((notice) => this.each((stream) => stream.onNotice(notice)));
    collector.jobs.follow(({ owner, job }) => this.each((stream) => stream.onJob(owner, job)));
  }

  onApplicationBootstrap(): void {
    this.second = setInterval(() => this.onSecond(), SECOND_MS).unref();
    this.drain.signal.addEventListener('abort', () => this.finishAll());
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.second);
    this.finishAll();
  }

  /**
   * Opens a stream; it must be closed.
   * @throws `too_many_streams`, `shutting_down`
   */
  open(reader: Reader, check: KeyCheck): LiveStream {
    if (this.drain.signal.aborted) throw shuttingDown();
    this.findPlace(reader);
    if (this.streams.size === 0) this.collector.refresh();
    const stream = new LiveStream(this.collector, reader);
    this.streams.set(stream, check);
    this.quarter ??= setInterval(() => this.each((one) => one.onQuarter()), QUARTER_MS).unref();
    return stream;
  }

  /** The connection of a stream is closed. */
  close(stream: LiveStream): void {
    stream.close();
    this.streams.delete(stream);
    if (this.streams.size > 0) return;
    clearInterval(this.quarter);
    this.quarter = undefined;
  }

  /** Finds a place for a stream: with the admin flag, if need be, that of the oldest one without. */
  private findPlace({ principal: { name }, scope }: Reader): void {
    const open = [...this.streams.keys()].filter(({ isEnding }) => !isEnding);
    const ofKey = open.filter(({ reader }) => reader.principal.name === name).length;
    if (ofKey >= MAX_STREAMS_OF_KEY)
      throw tooManyStreams(`This key has ${ofKey} live streams open, the most that one may.`);
    if (open.length < MAX_STREAMS) return;
    const oldest = scope === 'all' ? open.find(({ reader }) => reader.scope === 'own') : undefined;
    if (!oldest) throw tooManyStreams(`${MAX_STREAMS} live streams are open, the most that there may be.`);
    oldest.finish('limit', DISPLACED_RETRY_MS);
  }

  private onSecond(): void {
    this.collector.roll();
    if (this.streams.size === 0) return;
    this.collector.refresh();
    const now = performance.now();
    const mustCheck = ++this.seconds % KEY_CHECK_SECONDS === 0;
    for (const [stream, check] of this.streams) {
      if (now - (stream.stalledAt ?? now) > this.lagMs) stream.finish('lagging');
      if (now - stream.openedAt > MAX_AGE_MS) stream.finish('limit');
      if (mustCheck) void this.assertKey(stream, check);
      stream.onSecond();
    }
  }

  private async assertKey(stream: LiveStream, check: KeyCheck): Promise<void> {
    // Keys that cannot be looked up now are no reason to end anything.
    const isValid = await Promise.resolve(check()).catch(() => true);
    if (!isValid) stream.finish('key_revoked');
  }

  private finishAll(): void {
    if (this.streams.size > 0) this.collector.refreshConditions();
    this.each((stream) => stream.finish('shutting_down'));
  }

  private each(action: (stream: LiveStream) => void): void {
    for (const stream of this.streams.keys()) action(stream);
  }
}
