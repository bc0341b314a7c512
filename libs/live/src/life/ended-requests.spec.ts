import { describe, expect, it } from 'vitest';
import { MAX_ENDED } from '../protocol/events.schema.js';
import { EndedRequests } from './ended-requests.js';
import { UniqueIds } from './unique-ids.js';

describe(EndedRequests, () => {
  it('keeps the last ones, and those of a caller that has few though another one has many', () => {
    const ended = new EndedRequests();
    const ids = new UniqueIds();
    const add = (client: string, i: number): void =>
      void ended.add({ ids: ids.take(`${client}${i}`, client), client, leader: undefined, text: '{}' });
    for (let i = 0; i < 3; i++) add('quiet', i);
    for (let i = 0; i < 10_000; i++) add('loud', i);
    const kept = [...ended];
    expect(kept.length).toBe(MAX_ENDED);
    expect(kept.slice(0, 3).map(({ ids: { own } }) => own)).toEqual(['quiet0', 'quiet1', 'quiet2']);
    expect(kept.at(-1)!.ids.own).toBe('loud9999');
    expect([...ended.since(ended.last - 2)].map(({ ids: { own } }) => own)).toEqual(['loud9999', 'loud9998']);
  });
});

describe(UniqueIds, () => {
  it('numbers an id that is held, and forgets one that nobody holds', () => {
    const ids = new UniqueIds();
    const taken = ['a', 'a', 'b', 'a'].map((id) => ids.take(id, 'x'));
    expect(taken.map(({ all }) => all)).toEqual(['a', 'a~2', 'b', 'a~3']);
    for (const each of taken) ids.release(each);
    expect(ids.take('a', 'x')).toMatchObject({ own: 'a', all: 'a' });
  });

  it('tells a caller nothing of the ids of others', () => {
    const ids = new UniqueIds();
    ids.take('guess', 'y');
    expect(ids.take('guess', 'x')).toMatchObject({ own: 'guess', all: 'guess~2' });
    expect(ids.take('guess', 'x')).toMatchObject({ own: 'guess~2', all: 'guess~3' });
  });
});
