import { describe, expect, it } from 'vitest';
import { ChatPrompts } from '../../chat/chat-prompts.js';
import { GgufMetadata } from '../gguf-metadata.js';
import { readGgufChatTemplate } from './gguf-chat-template.js';

const VOCABULARY = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.tokens': ['a', '<|bos|>', '<|eos|>', '[PAD]'],
  'tokenizer.ggml.bos_token_id': 1,
  'tokenizer.ggml.eos_token_id': 2,
};

function read(values: Parameters<typeof GgufMetadata.of>[1]): ReturnType<typeof readGgufChatTemplate> {
  return readGgufChatTemplate(GgufMetadata.of('model.gguf', { ...VOCABULARY, ...values }));
}

describe(readGgufChatTemplate, () => {
  it('gives the template, and the texts of tokens by the names that templates have for them', () => {
    const template = read({
      'tokenizer.chat_template': '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}',
      'tokenizer.ggml.padding_token_id': 3,
    });
    expect(template.tokens).toEqual({ bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '[PAD]' });
    expect(new ChatPrompts(template).render([{ role: 'user', content: 'hi' }]).text).toBe('<|bos|>hi<|eos|>');
  });

  it('takes the template without a name of several', () => {
    const named = { 'tokenizer.chat_templates': ['tool_use'], 'tokenizer.chat_template.tool_use': 'tools' };
    expect(read({ ...named, 'tokenizer.chat_template': 'plain' }).source).toBe('plain');
    expect(() => read(named)).toThrow('model.gguf has chat templates for special uses ("tool_use"), and no');
  });

  it('is empty where the model was not made for chats', () => {
    expect(read({}).source).toBeUndefined();
    expect(readGgufChatTemplate(GgufMetadata.of('model.gguf', {}))).toEqual({ source: undefined, tokens: {} });
  });

  it('names the usual tokens of SentencePiece where the file names none', () => {
    const values = { 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.tokens': ['<unk>', '<s>', '</s>'] };
    const { tokens } = readGgufChatTemplate(GgufMetadata.of('model.gguf', values));
    expect(tokens).toEqual({ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' });
  });

  it('does not try to understand a template of an absurd length', () => {
    const source = `{{ ${'1+'.repeat(2 ** 17)}1 }}`;
    expect(new ChatPrompts(read({ 'tokenizer.chat_template': source })).fault).toBe(
      'it has 262151 characters; at most 262144 are read',
    );
  });

  it('gives up a template that never ends', () => {
    const source = '{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}';
    expect(new ChatPrompts(read({ 'tokenizer.chat_template': source })).fault).toBeTypeOf('string');
  });
});
