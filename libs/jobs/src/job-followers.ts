import { setImmediate as nextPass } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { isFinal, type JobEvent, type JobStore } from '@frontier/durable';
import { jobChannel, type JobChange } from './job-events.js';
import { type JobsModuleOptions, MODULE_OPTIONS_TOKEN } from './jobs.options.js';

/** Longest delay of an event of another process. */
const POLL_MS = 500;
/** Jobs whose states are read at once. */
const POLL_STEP = 256;

/** Followers woken in one pass of the event loop: each writes to its socket, a tenth of a millisecond. */
const WAKE_STEP = 32;

/** A followed job: its known events, for all its followers. */
interface Watch {
  id: string;
  events: JobEvent[];
  /** It has ended, or is gone: no more events follow. */
  isOver: boolean;
  /** The version that the events were read at; -1: they have not been read. */
  version: number;
  /** The error of the last reading, if it failed. */
  fault: unknown;
  reading: Promise<void> | undefined;
  /** It changed while it was read. */
  isStale: boolean;
  followers: Set<() => void>;
}

/** Follows jobs: the state and the events of each are read once, for all its followers. */
@Injectable()
export class JobFollowers implements OnApplicationShutdown {
  private readonly watches = new Map<string, Watch>();
  private readonly store: JobStore;
  private polling: NodeJS.Timeout | undefined;
  private isPolling = false;
  private readonly onJobChange = (message: unknown): void => {
    const watch = this.watches.get((message as JobChange).id);
    if (watch) void this.read(watch);
  };

  constructor(@Inject(MODULE_OPTIONS_TOKEN) { storage }: Pick<JobsModuleOptions, 'storage'>) {
    this.store = storage;
    jobChannel.subscribe(this.onJobChange);
  }

  onApplicationShutdown(): void {
    jobChannel.unsubscribe(this.onJobChange);
    clearInterval(this.polling);
  }

  /**
   * The events of a job from one on: those that are known first, then as they happen, until it has ended.
   * @throws `jobs_unavailable` where the events that are known cannot be read
   */
  async *follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent, void> {
    let wake = Promise.withResolvers<void>();
    const onChange = (): void => wake.resolve();
    const watch = this.register(id, onChange);
    signal.addEventListener('abort', onChange, { once: true });
    try {
      if (watch.version < 0 && !watch.reading) void this.read(watch);
      for (let last = after; !signal.aborted;) {
        wake = Promise.withResolvers<void>();
        const next = watch.events.find((event) => event.id > last);
        if (next) {
          last = next.id;
          yield next;
        } else if (watch.isOver) return;
        else if (watch.version < 0 && watch.fault !== undefined) throw watch.fault;
        else await wake.promise;
      }
    } finally {
      signal.removeEventListener('abort', onChange);
      this.unregister(watch, onChange);
    }
  }

  private register(id: string, follower: () => void): Watch {
    let watch = this.watches.get(id);
    if (!watch) {
      watch = {
        id,
        events: [],
        isOver: false,
        version: -1,
        fault: undefined,
        reading: undefined,
        isStale: false,
        followers: new Set(),
      };
      this.watches.set(id, watch);
    }
    watch.followers.add(follower);
    this.polling ??= setInterval(() => void this.poll(), POLL_MS).unref();
    return watch;
  }

  private unregister(watch: Watch, follower: () => void): void {
    watch.followers.delete(follower);
    if (watch.followers.size > 0) return;
    this.watches.delete(watch.id);
    if (this.watches.size > 0) return;
    clearInterval(this.polling);
    this.polling = undefined;
  }

  /** Reads the states of all followed jobs, and the events of those that changed. */
  private async poll(): Promise<void> {
    if (this.isPolling) return;
    this.isPolling = true;
    try {
      const open = [...this.watches.values()].filter(({ isOver }) => !isOver);
      for (let from = 0; from < open.length; from += POLL_STEP) {
        const step = open.slice(from, from + POLL_STEP);
        const states = await this.store.states(step.map(({ id }) => id));
        const changed = step.filter((watch, i) => states[i]?.version !== watch.version);
        await Promise.all(changed.map((watch) => this.read(watch)));
      }
    } catch {
      // The storage does not answer; the next poll asks it again.
    } finally {
      this.isPolling = false;
    }
  }

  /** Reads the events after the last known one; one reading at a time, which all wait for. */
  private async read(watch: Watch): Promise<void> {
    if (watch.reading) watch.isStale = true;
    else watch.reading = this.readEvents(watch).finally(() => (watch.reading = undefined));
    await watch.reading;
  }

  private async readEvents(watch: Watch): Promise<void> {
    try {
      do {
        watch.isStale = false;
        const [state] = await this.store.states([watch.id]);
        watch.events.push(...(await this.store.events(watch.id, watch.events.at(-1)?.id ?? 0)));
        watch.version = state?.version ?? 0;
        watch.isOver = isFinal(watch.events.at(-1)?.status ?? state?.status ?? 'expired');
      } while (watch.isStale && !watch.isOver);
      watch.fault = undefined;
    } catch (fault) {
      watch.fault = fault;
    }
    await wakeInSteps([...watch.followers]);
  }
}

async function wakeInSteps(followers: readonly (() => void)[]): Promise<void> {
  for (let from = 0; from < followers.length; from += WAKE_STEP) {
    for (const wake of followers.slice(from, from + WAKE_STEP)) wake();
    if (from + WAKE_STEP < followers.length) await nextPass();
  }
}
