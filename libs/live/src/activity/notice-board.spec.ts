import { describe, expect, it } from 'vitest';
import type { Notice } from '../protocol/events.schema.js';
import { NoticeBoard } from './notice-board.js';

const OVERLOADED = { code: 'overloaded', level: 'warn', text: 'No room.' } as const;

describe(NoticeBoard, () => {
  it('tells of a condition when it begins, when its text changes, and when it is over', () => {
    const told: Notice[] = [];
    const board = new NoticeBoard((notice) => told.push(notice));
    board.set({ ...OVERLOADED, model: 'm' });
    board.set({ ...OVERLOADED, model: 'm' });
    board.set({ ...OVERLOADED, model: 'm', text: 'Still none.' });
    board.clear({ code: 'overloaded', model: 'm' });
    board.clear({ code: 'overloaded', model: 'm' });
    expect(told.map(({ id, text, until }) => [id, text, until !== undefined])).toEqual([
      ['n1', 'No room.', false],
      ['n1', 'Still none.', false],
      ['n1', 'Still none.', true],
    ]);
  });

  it('replaces the conditions of some kinds by those that hold now, and forgets old ones', () => {
    const board = new NoticeBoard(() => {});
    board.set(OVERLOADED);
    for (let i = 0; i < 100; i++) {
      board.replace(['redis_away'], [{ code: 'redis_away', level: 'warn', text: 'Away.' }]);
      board.replace(['redis_away'], []);
    }
    const list = board.list();
    expect(list.length).toBe(17);
    expect(list.filter(({ until }) => until === undefined).map(({ code }) => code)).toEqual(['overloaded']);
  });
});
