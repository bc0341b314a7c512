import { loadTextModel, type TextModel, withoutGuards } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSETS, hasAssets, sha256Of } from './support/assets.ts';
import { GOLDEN, INPUTS } from './support/golden.ts';
import { LlamaCpp } from './support/llama-cpp.ts';
import { addRow } from './support/row.ts';

const TEXTS = [...INPUTS.texts, ...GOLDEN.chats];

describe.skipIf(!hasAssets)('the tokenizer and the chat template of a GGUF file', () => {
  let model: TextModel;
  let llama: LlamaCpp;
  beforeAll(async () => {
    expect(await sha256Of(ASSETS.gguf)).toBe(ASSETS.ggufSha256);
    model = await loadTextModel(ASSETS.gguf);
    llama = new LlamaCpp();
  });
  afterAll(() => llama?.close());

  const encode = (text: string): number[] => [...model.tokenizer.encode(text)];

  it('give texts and chats the ids of llama.cpp', async (context) => {
    const expected = await llama.call('tokenize', TEXTS);
    const same = TEXTS.filter((text, i) => Buffer.from(encode(text)).equals(Buffer.from(expected[i]))).length;
    const row = { point: 'ids of texts and chats', reference: 'llama.cpp', bound: 'all' };
    addRow(context, { ...row, ours: `${same} of ${TEXTS.length}` });
    expect(TEXTS.map((text) => [text, encode(text)])).toEqual(TEXTS.map((text, i) => [text, expected[i]]));
  });

  it("give them the ids of transformers' tokenizer, whose GGUF reader only misses that digits are split", (context) => {
    const readers = TEXTS.filter((_, i) => GOLDEN.readerIds[i] === undefined).length;
    addRow(context, {
      point: 'ids of texts and chats',
      ours: `${readers} of ${TEXTS.length} (all with digits split)`,
      reference: `transformers ${GOLDEN.versions.transformers}`,
      bound: 'all with digits split',
    });
    expect(TEXTS.map((text) => [text, encode(text)])).toEqual(TEXTS.map((text, i) => [text, GOLDEN.ids[i]]));
    expect(model.warnings).toEqual([]);
  });

  it("write chats as transformers does with the file's template", () => {
    // What callers say holds guards where it looks like a special token; the tokenizer takes them out.
    expect(INPUTS.chats.map((messages) => withoutGuards(model.chat.render(messages).text))).toEqual(GOLDEN.chats);
  });

  it('give back texts without special tokens, and without the bytes that the vocabulary lacks', () => {
    const texts = INPUTS.texts.filter((text) => !/<[\w|]+>/.test(text) && !text.includes('\u0004'));
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.map((text) => model.tokenizer.decode(encode(text)))).toEqual(texts);
  });
});
