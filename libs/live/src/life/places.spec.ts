import { describe, expect, it } from 'vitest';
import { aWaitingLife } from '../testing/live-requests.js';
import { LifeStore } from './life-store.js';

describe('places', () => {
  it('are given by class, and in turns to the callers of a class', () => {
    const store = new LifeStore();
    const wait = (requestId: string, client: string, priority: 'high' | 'normal' | 'low', model = 'm'): void =>
      void aWaitingLife(store, { requestId, client }, { priority, model });
    wait('low', 'a', 'low');
    for (const id of ['a1', 'a2', 'a3']) wait(id, 'a', 'normal');
    wait('b1', 'b', 'normal');
    wait('b2', 'b', 'normal');
    wait('high', 'b', 'high');
    wait('elsewhere', 'b', 'high', 'other');
    const places = new Map([...store.places()].map(([{ ids }, place]) => [ids.own, place]));
    const order = ['high', 'a1', 'b1', 'a2', 'b2', 'a3', 'low'];
    expect(order.map((id) => places.get(id))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(places.get('elsewhere')).toBe(1);
  });
});
