import { describe, expect, it } from 'vitest';
import type { ConversationRequest } from './conversation.request.js';
import { type Conversation, toConversation } from './to-conversation.js';

const conversation = (...messages: ConversationRequest['messages']): Conversation => toConversation({ messages });
const text = (said: string) => ({ type: 'text' as const, text: said });
const call = (id: string, name: string) => ({ type: 'tool_use' as const, id, name, input: { a: 1 } });
const result = (id: string, content?: string) => ({ type: 'tool_result' as const, tool_use_id: id, content });

describe(toConversation, () => {
  it('joins blocks of a message as they are, and makes messages of a role one turn', () => {
    const { messages } = conversation(
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'user', content: '' },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'd' },
      { role: 'assistant', content: [text('e')] },
      { role: 'user', content: 'f' },
    );
    expect(messages).toEqual([
      { role: 'user', content: 'ab\n\nc' },
      { role: 'assistant', content: 'd\n\ne' },
      { role: 'user', content: 'f' },
    ]);
  });

  it('puts the system first, where it has a text', () => {
    const messages = [{ role: 'user' as const, content: 'x' }];
    expect(toConversation({ messages, system: [text('Be '), text('kind.')] }).messages[0]).toEqual({
      role: 'system',
      content: 'Be kind.',
    });
    for (const system of [undefined, null, '', []])
      expect(toConversation({ messages, system }).messages).toHaveLength(1);
  });

  it('writes thoughts and calls into the turn of the assistant, and results before the text beside them', () => {
    const { messages } = conversation(
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: '' },
          { type: 'redacted_thinking' },
          text('Let me see.'),
          call('1', 'f'),
          call('2', 'g'),
        ],
      },
      { role: 'user', content: [text('Go on.'), result('2', 'two')] },
      { role: 'user', content: [result('1'), result('3', 'three')] },
    );
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning: 'Hm.',
        toolCalls: [
          { id: '1', name: 'f', arguments: { a: 1 } },
          { id: '2', name: 'g', arguments: { a: 1 } },
        ],
      },
      { role: 'tool', content: 'two', toolCallId: '2', name: 'g' },
      { role: 'tool', content: '', toolCallId: '1', name: 'f' },
      { role: 'tool', content: 'three', toolCallId: '3' },
      { role: 'user', content: 'Go on.' },
    ]);
  });

  it('continues the last turn where it is of the assistant and has a text', () => {
    const asked = { role: 'user' as const, content: 'x' };
    const begun = conversation(asked, { role: 'assistant', content: 'One' });
    expect(begun.options.continueFinalMessage).toBe(true);
    for (const content of ['', [], [{ type: 'thinking' as const, thinking: 'Hm.' }]]) {
      const { messages, options } = conversation(asked, { role: 'assistant', content });
      expect([messages, options.continueFinalMessage]).toEqual([[asked], false]);
    }
  });

  it('refuses a conversation that ends with calls, or has nothing to answer', () => {
    const invalid = expect.objectContaining({ code: 'invalid_request' }) as Error;
    const calls = { role: 'assistant' as const, content: [call('1', 'f')] };
    expect(() => conversation({ role: 'user', content: 'x' }, calls)).toThrow(invalid);
    expect(() => conversation({ role: 'assistant', content: '' })).toThrow(invalid);
  });

  it.each([
    [undefined, undefined, {}],
    [{ type: 'enabled' as const, budget_tokens: 1024 }, undefined, { enable_thinking: true }],
    [{ type: 'adaptive' as const }, { effort: 'low' }, { enable_thinking: true, reasoning_effort: 'low' }],
    [{ type: 'disabled' as const }, { effort: null }, { enable_thinking: false }],
  ])('with thinking %j and output_config %j has the variables %j', (thinking, output_config, variables) => {
    const messages = [{ role: 'user' as const, content: 'x' }];
    expect(toConversation({ messages, thinking, output_config }).options.variables).toEqual(variables);
  });

  it('maps the choice of tools', () => {
    const messages = [{ role: 'user' as const, content: 'x' }];
    const tools = [{ name: 'f', description: null, input_schema: { type: 'object' } }];
    const use = (tool_choice: ConversationRequest['tool_choice']) =>
      toConversation({ messages, tools, tool_choice }).toolUse;
    expect(use(undefined)).toEqual({
      tools: [{ name: 'f', description: undefined, parameters: { type: 'object' }, isStrict: undefined }],
      choice: 'auto',
      isParallel: true,
    });
    expect(use({ type: 'any', disable_parallel_tool_use: true })).toMatchObject({
      choice: 'required',
      isParallel: false,
    });
    expect(use({ type: 'tool', name: 'f' })).toMatchObject({ choice: { name: 'f' } });
    expect(use({ type: 'none' })).toBeUndefined();
  });
});
