import { describe, expect, it } from 'vitest';
import { LifeStore } from '../life/life-store.js';
import type { RequestLife } from '../life/request-life.js';
import { type Life, lifeSchema } from '../protocol/events.schema.js';
import { aRecord, aWaitingLife, end } from '../testing/live-requests.js';
import { FollowedLives } from './followed-lives.js';
import type { Reader } from './reader.js';

const reader = (name: string, scope: Reader['scope']): Reader => ({
  principal: { name, admin: scope === 'all' },
  scope,
  models: () => new Set(['m']),
  sees: (model) => model === 'm',
});

/** All events that are due. */
function drain(lives: FollowedLives): Life[] {
  const events: Life[] = [];
  for (let text = lives.next(); text !== undefined; text = lives.next()) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
    events.push(lifeSchema.parse(JSON.parse(text)));
    if (events.length > 1000) throw new Error('There is no end to them.');
  }
  return events;
}

/** Requests that a reader of these events takes for open. */
function openAfter(events: readonly Life[]): string[] {
  const open = new Set<string>();
  for (const { up, gone } of events) {
    for (const { id, end: ended } of up)
      if (ended) open.delete(id);
      else open.add(id);
    for (const id of gone) open.delete(id);
  }
  return [...open];
}

describe(FollowedLives, () => {
  it('stays within its bounds with 5,000 requests, counts those that it does not follow, and forgets none that it told of', () => {
    const store = new LifeStore();
    const lives = new FollowedLives(store, reader('admin', 'all'));
    const events: Life[] = [];
    const open: RequestLife[] = [];
    for (let i = 0; i < 5000; i++) {
      const id = `${i}-`.padEnd(128, 'x');
      open.push(aWaitingLife(store, { requestId: id, client: `team-${i % 7}` }));
      // Fewer than the store follows, more than a stream does.
      if (open.length > 900) end(store, open.shift()!);
      if (i % 100 === 99) events.push(...drain(lives));
    }
    expect(events.at(-1)!.more).toEqual({ waiting: 900 - 128, running: 0 });
    expect(openAfter(events).length).toBe(128);
    for (const life of open) end(store, life);
    events.push(...drain(lives));
    expect(openAfter(events)).toEqual([]);
    expect(events.at(-1)!.more).toEqual({ waiting: 0, running: 0 });
    expect(lives.next()).toBeUndefined();
  });

  it('tells a slow reader the newest state alone', () => {
    const store = new LifeStore();
    const lives = new FollowedLives(store, reader('a', 'own'));
    const life = aWaitingLife(store);
    drain(lives);
    for (let i = 0; i < 1000; i++) {
      life.addToken(i);
      store.touch(life);
    }
    const events = drain(lives);
    expect(events.map(({ up }) => up.map(({ generated }) => generated))).toEqual([[1000]]);
  });

  it('shows a reader of its own requests no other one, neither open nor ended nor counted', () => {
    const store = new LifeStore();
    const [own, all] = [new FollowedLives(store, reader('a', 'own')), new FollowedLives(store, reader('x', 'all'))];
    const lives = ['a', 'b', 'b', undefined].map((client) => aWaitingLife(store, { client }));
    const refused = aRecord({ client: 'b', status: 429 });
    store.end(refused);
    const [events, everything] = [drain(own), drain(all)];
    for (const life of lives) end(store, life);
    events.push(...drain(own));
    expect(new Set(events.flatMap(({ up }) => up.map(({ id }) => id)))).toEqual(new Set([lives[0].ids.own]));
    expect(events.flatMap(({ gone }) => gone)).toEqual([]);
    expect(JSON.stringify(events)).not.toContain('client');
    aWaitingLife(store, { client: 'b', requestId: 'guess' });
    const leader = aWaitingLife(store, { client: 'b', requestId: 'guess' });
    const follower = aWaitingLife(store, { client: 'a', requestId: 'guess' });
    follower.leader = leader.ids;
    const told = drain(own).flatMap(({ up }) => up);
    expect(told.map(({ id, leader: of }) => [id, of])).toEqual([['guess', undefined]]);
    const others = drain(all).flatMap(({ up }) => up.filter(({ end: ended }) => !ended));
    expect(others.map(({ id, leader: of }) => [id, of])).toContainEqual(['guess~3', 'guess~2']);
    expect(everything[0].up.map(({ client }) => client).toSorted()).toEqual(['a', 'b', 'b', 'b', undefined]);
  });
});
