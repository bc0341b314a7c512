import { describe, expect, it } from 'vitest';
import { messagesErrors } from './message.param.js';

const user = (content: unknown): unknown => ({ role: 'user', content });
const assistant = (content: unknown): unknown => ({ role: 'assistant', content });
const result = (fields: object): unknown => user([{ type: 'tool_result', tool_use_id: 'a', ...fields }]);
const use = (fields: object): unknown => assistant([{ type: 'tool_use', id: 'a', name: 'f', input: {}, ...fields }]);

describe(messagesErrors, () => {
  it.each<[string, unknown]>([
    ['a text', user('x')],
    ['an empty text', assistant('')],
    ['no blocks', user([])],
    ['text with cache_control', user([{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }])],
    ['a system message', { role: 'system', content: [{ type: 'text', text: 'x' }] }],
    ['a call', use({})],
    ['a result without content', result({})],
    ['a result with a text', result({ content: 'x', is_error: true })],
    ['a result with blocks', result({ content: [{ type: 'text', text: 'x' }] })],
    ['thoughts', assistant([{ type: 'thinking', thinking: 'Hm.', signature: '' }])],
    ['thoughts without a signature', assistant([{ type: 'thinking', thinking: 'Hm.' }])],
    ['redacted thoughts', assistant([{ type: 'redacted_thinking', data: 'x' }])],
  ])('takes %s', (_, message) => {
    expect(messagesErrors({ messages: [message] })).toEqual([]);
  });

  it.each<[string, unknown, string, RegExp]>([
    ['null', null, '', /an object/],
    ['an unknown role', { role: 'tool', content: 'x' }, '/role', /user, assistant, system/],
    ['no content', { role: 'user' }, '/content', /a text, or a list of blocks/],
    [
      'an image',
      user([
        { type: 'text', text: 'x' },
        { type: 'image', source: {} },
      ]),
      '/content',
      /^content \[1\] of the type "image"/,
    ],
    ['a document', user([{ type: 'document' }]), '/content', /"document" is not supported/],
    ['a type of an object', user([{ type: 'constructor' }]), '/content', /"constructor" is not supported/],
    ['a block that is null', user([null]), '/content', /\[0\] must be an object/],
    ['text without a text', user([{ type: 'text' }]), '/content', /must have a text/],
    ['a call of the user', user([{ type: 'tool_use', id: 'a', name: 'f', input: {} }]), '/content', /"assistant"/],
    ['a result of the assistant', assistant([{ type: 'tool_result', tool_use_id: 'a' }]), '/content', /"user"/],
    ['a call without an id', use({ id: '' }), '/content', /an id of 1 to 256/],
    ['a call without a name', use({ name: undefined }), '/content', /a name of 1 to 128/],
    ['a call with a list', use({ input: [] }), '/content', /an object as input/],
    ['a call with JSON', use({ input: '{}' }), '/content', /an object as input/],
    ['a result without an id', result({ tool_use_id: 1 }), '/content', /tool_use_id/],
    [
      'a result with an image',
      result({ content: [{ type: 'image' }] }),
      '/content',
      /content \[0\] of the type "image"/,
    ],
    ['a result with an object', result({ content: {} }), '/content', /text blocks/],
    ['an error that is a text', result({ is_error: 'yes' }), '/content', /is_error/],
    ['thoughts without a text', assistant([{ type: 'thinking' }]), '/content', /thinking/],
    ['calls in a system message', { role: 'system', content: [{ type: 'tool_use' }] }, '/content', /"tool_use"/],
    [
      '129 results',
      user(Array.from({ length: 129 }, () => ({ type: 'tool_result', tool_use_id: 'a' }))),
      '/content',
      /at most 128/,
    ],
  ])('refuses %s', (_, message, field, detail) => {
    expect(messagesErrors({ messages: [user('x'), message] })).toEqual([
      { pointer: `/messages/1${field}`, detail: expect.stringMatching(detail) as string },
    ]);
  });

  it.each([undefined, null, {}, [], Array(4097).fill(user('x'))])(
    'refuses a list of messages that is none',
    (messages) => {
      expect(messagesErrors({ messages })).toMatchObject([{ pointer: '/messages' }]);
    },
  );

  it('refuses a system that is no text', () => {
    const messages = [user('x')];
    expect(messagesErrors({ messages, system: [{ type: 'image' }] })).toMatchObject([{ pointer: '/system' }]);
    for (const system of [undefined, null, '', [], [{ type: 'text', text: 'x' }]]) {
      expect(messagesErrors({ messages, system })).toEqual([]);
    }
  });

  it('lists no more errors than a response does', () => {
    expect(messagesErrors({ messages: Array(4096).fill(null) })).toHaveLength(20);
  });
});
