import { describe, expect, it } from 'vitest';
import { hubReferenceText, parseHubReference } from './hub-reference.js';

describe(parseHubReference, () => {
  it.each([
    ['hf:org/name', { repository: 'org/name', revision: 'main' }],
    ['hf:gpt2', { repository: 'gpt2', revision: 'main' }],
    ['hf:org/name@v1.0', { repository: 'org/name', revision: 'v1.0' }],
    ['hf:org/name@refs/pr/7', { repository: 'org/name', revision: 'refs/pr/7' }],
    [
      'hf:org/name-GGUF/sub/a.Q4_K_M.gguf',
      { repository: 'org/name-GGUF', revision: 'main', file: 'sub/a.Q4_K_M.gguf' },
    ],
    ['hf:org/name/a.gguf@0123abc', { repository: 'org/name', revision: '0123abc', file: 'a.gguf' }],
  ])('reads %s, and writes it again', (text, reference) => {
    expect(parseHubReference(text)).toEqual(reference);
    expect(hubReferenceText(reference)).toBe(text);
  });

  it.each([
    'org/name',
    'hf:',
    'hf:/name',
    'hf:org/',
    'hf:../name',
    'hf:org/..',
    'hf:org/a--b',
    'hf:org/name/../x',
    'hf:org/name//x',
    'hf:org/name/',
    'hf:org/name@',
    'hf:org/name@../x',
    'hf:org/name@a@b',
    'hf:org/name?x=1',
    'hf:org/na me',
    `hf:org/${'n'.repeat(97)}`,
  ])('refuses %j, and says how to write it', (text) => {
    expect(() => parseHubReference(text)).toThrow(/names no model of a hub\. Write hf:org\/name/);
  });
});
