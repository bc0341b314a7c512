import { describe, expect, it } from 'vitest';
import { MAX_ENDED } from '../protocol/events.schema.js';
import { EndedRequests } from './ended-requests.js';
import { UniqueIds } from './unique-ids.js';

describe(EndedRequests, () => {
  it('keeps the last ones, and those of a caller that has few though another one has many', () => {
    const ended = new EndedRequests();
    const add = (client: string, i: number): void => void ended.add({ id: `${client}${i}`, client, text: '{}' });
    for (let i = 0; i < 3; i++) add('quiet', i);
    for (let i = 0; i < 10_000; i++) add('loud', i);
    const kept = [...ended];
    expect(kept.length).toBe(MAX_ENDED);
    expect(kept.slice(0, 3).map(({ id }) => id)).toEqual(['quiet0', 'quiet1', 'quiet2']);
    expect(kept.at(-1)!.id).toBe('loud9999');
    expect([...ended.since(ended.last - 2)].map(({ id }) => id)).toEqual(['loud9999', 'loud9998']);
  });
});

describe(UniqueIds, () => {
  it('numbers an id that is held, and forgets one that nobody holds', () => {
    const ids = new UniqueIds();
    expect(['a', 'a', 'b', 'a'].map((id) => ids.take(id))).toEqual(['a', 'a~2', 'b', 'a~3']);
    for (const id of ['a~2', 'a', 'a~3']) ids.release(id);
    expect(ids.take('a')).toBe('a');
  });
});
