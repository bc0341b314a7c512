import { describe, expect, it } from 'vitest';
import { parseHubReference } from './reference/hub-reference.js';
import { selectFiles } from './select-files.js';

const FILES = ['config.json', 'model.safetensors', 'original/params.json', 'original/model.pth', 'tokenizer.json'];

const select = (include: string[], exclude: string[] = []): string[] =>
  selectFiles(
    FILES.map((path) => ({ path, bytes: 1 })),
    { include, exclude },
    parseHubReference('hf:org/name'),
  ).map(({ path }) => path);

describe(selectFiles, () => {
  it.each<[string[], string[], string[]]>([
    [[], [], ['config.json', 'tokenizer.json', 'model.safetensors']],
    [[], ['tokenizer*'], ['config.json', 'model.safetensors']],
    [['*.json'], [], ['config.json', 'original/params.json', 'tokenizer.json']],
    [['original/*'], ['*.pth'], ['original/params.json']],
  ])('of include %j and exclude %j takes %j', (include, exclude, expected) => {
    expect(select(include, exclude)).toEqual(expected);
  });

  it('says that nothing matches', () => {
    expect(() => select(['*.gguf'], ['a'])).toThrow('hf:org/name has no file that matches *.gguf, not a.');
  });
});
