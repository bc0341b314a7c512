import { describe, expect, it } from 'vitest';
import { type ChatMessage, chatPrompt } from './chat-prompt.js';

const CHAT: ChatMessage[] = [
  { role: 'system', content: ' Be kind. ' },
  { role: 'user', content: 'Hi', name: 'Tom' },
];

describe(chatPrompt, () => {
  it('writes a script for a model without a template, with the special tokens of any text', () => {
    expect(chatPrompt('m', { tokens: {} }, CHAT)).toEqual({
      prompt: 'System: Be kind.\nUser: Hi\nAssistant:',
      addSpecialTokens: true,
    });
  });

  it("follows a model's template, which writes special tokens itself", () => {
    const source =
      '{{ bos_token }}{% for m in messages %}[{{ m.role }}{% if m.name %} {{ m.name }}{% endif %}]{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}';
    expect(chatPrompt('m', { source, tokens: { bos_token: '<s>', eos_token: '</s>' } }, CHAT)).toEqual({
      prompt: '<s>[system] Be kind. </s>[user Tom]Hi</s>[assistant]',
      addSpecialTokens: false,
    });
  });

  it('tells who asks what a template refuses, and the operator that a template is none', () => {
    const strict = { source: "{{ raise_exception('roles must alternate') }}", tokens: {} };
    expect(() => chatPrompt('m', strict, CHAT)).toThrow(
      expect.objectContaining({ code: 'invalid_request', status: 422 }),
    );
    expect(() => chatPrompt('m', strict, CHAT)).toThrow(/"m".*roles must alternate/);
    expect(() => chatPrompt('m', { source: '{% for %}', tokens: {} }, CHAT)).toThrow(
      expect.objectContaining({ code: 'chat_template_invalid', status: 500 }),
    );
  });
});
