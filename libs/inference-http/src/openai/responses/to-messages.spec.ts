import { describe, expect, it } from 'vitest';
import { toMessages } from './to-messages.js';

describe('toMessages', () => {
  it('writes the call of a function in a namespace by the name that the model has for it', () => {
    const call = { type: 'function_call' as const, call_id: 'c1', name: 'close', arguments: '{"a":1}' };
    const items = [{ ...call, namespace: 'agents' }, call, { ...call, namespace: null }];
    const [turn] = toMessages(items, undefined, () => items[0]);
    expect(turn.toolCalls?.map(({ name }) => name)).toEqual(['agents__close', 'close', 'close']);
  });
});
