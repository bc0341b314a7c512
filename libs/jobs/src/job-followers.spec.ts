import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DurableStorage, JobEvent, JobState, JobStatus } from '@frontier/durable';
import { jobChannel } from './job-events.js';
import { JobFollowers } from './job-followers.js';

/** A store of one job, which counts its calls. */
class WatchedStore {
  asked = { states: 0, events: 0 };
  log: JobEvent[] = [];
  fails = false;

  add(status: JobStatus, isHeard = true): void {
    this.log.push({ id: this.log.length + 1, at: 0, status, attempts: 0 });
    if (isHeard) jobChannel.publish({ id: 'a', owner: 'key:a', status, attempts: 1 });
  }

  async states(ids: readonly string[]): Promise<(JobState | undefined)[]> {
    this.asked.states++;
    if (this.fails) throw new Error('away');
    const { status } = this.log.at(-1)!;
    return ids.map(() => ({ owner: 'me', status, version: this.log.length, isCancelling: false }));
  }

  async events(_: string, after: number): Promise<JobEvent[]> {
    this.asked.events++;
    if (this.fails) throw new Error('away');
    return this.log.slice(after);
  }
}

describe(JobFollowers.name, () => {
  let store: WatchedStore;
  let followers: JobFollowers;
  let leaving: AbortController;
  beforeEach(() => {
    store = new WatchedStore();
    store.add('queued');
    followers = new JobFollowers({ storage: store as unknown as DurableStorage });
    leaving = new AbortController();
  });
  afterEach(() => {
    leaving.abort();
    followers.onApplicationShutdown();
  });
  const follow = async (after = 0): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { status } of followers.follow('a', after, leaving.signal)) seen.push(status);
    return seen;
  };

  it('asks about a job once and reads its events once, however many follow it', async () => {
    const all = Array.from({ length: 1000 }, () => follow());
    await sleep(20);
    store.add('running');
    await sleep(20);
    const before = process.threadCpuUsage();
    store.add('succeeded');
    expect(new Set((await Promise.all(all)).map((seen) => seen.join(' ')))).toEqual(
      new Set(['queued running succeeded']),
    );
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200);
    expect(store.asked.events).toBeLessThanOrEqual(4);
    expect(store.asked.states).toBeLessThanOrEqual(6);
  });

  it('tells late comers all, from any event on, and asks for nothing again', async () => {
    const first = follow();
    await sleep(10);
    store.add('running');
    await sleep(10);
    const { events } = store.asked;
    const late = [follow(), follow(1), follow(2)];
    await sleep(10);
    expect(store.asked.events).toBe(events);
    store.add('failed');
    expect(await Promise.all([first, ...late])).toEqual([
      ['queued', 'running', 'failed'],
      ['queued', 'running', 'failed'],
      ['running', 'failed'],
      ['failed'],
    ]);
  });

  it('hears of what another process did by asking, and outlives a storage that is away', async () => {
    const seen = follow();
    await sleep(10);
    store.fails = true;
    store.add('running');
    await sleep(600);
    store.fails = false;
    store.add('cancelled', false);
    expect(await seen).toEqual(['queued', 'running', 'cancelled']);
  });

  it('ends for who leaves, and asks nothing when nobody is left', async () => {
    const seen = follow();
    await sleep(10);
    leaving.abort();
    expect(await seen).toEqual(['queued']);
    const { states } = store.asked;
    await sleep(600);
    expect(store.asked.states).toBe(states);
  });

  it('tells who begins to follow that the storage is away', async () => {
    store.fails = true;
    await expect(follow()).rejects.toThrow('away');
  });
});
