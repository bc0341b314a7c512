import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockStore } from './block-store.js';

const BLOCK_BYTES = 4;
const read =
  (names: readonly string[]) =>
  (index: number, into: Float32Array = new Float32Array(1)): Float32Array => {
    into[0] = valueOf(names[index]);
    return into;
  };
const valueOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7);

/** The names of a text's blocks: its beginnings. */
const namesOf = (text: string): string[] => Array.from(text, (_, i) => text.slice(0, i + 1));

function aStore(blocks: number): { store: BlockStore; add(owner: string, text: string): void } {
  const store = new BlockStore(blocks * BLOCK_BYTES, BLOCK_BYTES);
  return { store, add: (owner, text) => store.add(owner, namesOf(text), read(namesOf(text))) };
}

describe(BlockStore, () => {
  it('finds the blocks that prompts begin with', () => {
    const { store, add } = aStore(8);
    add('a', 'abc');
    expect(['abcd', 'abx', 'xbc', ''].map((text) => store.countOf('a', namesOf(text)))).toEqual([3, 2, 0, 0]);
    expect(store.countOf('b', namesOf('abc'))).toBe(0);
    expect(store.get('a', 'ab')[0]).toBe(valueOf('ab'));
  });

  it('gives up the end of the prompt that was used least recently', () => {
    const { store, add } = aStore(4);
    add('a', 'xy');
    add('a', 'vw');
    store.touch('a', namesOf('xy'));
    add('a', 'z');
    expect(['xy', 'vw', 'z'].map((text) => store.countOf('a', namesOf(text)))).toEqual([2, 1, 1]);
    expect(store.evictions).toBe(1);
  });

  it('takes room from the owner that has most', () => {
    const { store, add } = aStore(6);
    add('small', 's');
    add('large', 'abcde');
    add('small', 'tu');
    expect([store.countOf('small', namesOf('s')), store.countOf('small', namesOf('tu'))]).toEqual([1, 2]);
    expect(store.countOf('large', namesOf('abcde'))).toBe(3);
    add('small', 'v');
    expect([store.countOf('small', namesOf('s')), store.countOf('large', namesOf('abcde'))]).toEqual([0, 3]);
  });

  it('keeps the beginning of a prompt that is larger than all room', () => {
    const { store, add } = aStore(3);
    add('a', 'abcdef');
    expect(store.countOf('a', namesOf('abcdef'))).toBe(3);
    store.checkIntegrity();
  });

  it('is consistent, and has what was put in, after any operations', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const operation = fc.record({ owner: fc.constantFrom('x', 'y', 'z'), text: texts, adds: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(12), fc.array(operation, { maxLength: 60 }), (blocks, operations) => {
        const { store, add } = aStore(blocks);
        for (const { owner, text, adds } of operations) {
          const names = namesOf(text);
          if (adds) add(owner, text);
          else store.touch(owner, names.slice(0, store.countOf(owner, names)));
          store.checkIntegrity();
          for (const name of names.slice(0, store.countOf(owner, names))) {
            expect(store.get(owner, name)[0]).toBe(valueOf(name));
          }
        }
        expect(store.bytes).toBeLessThanOrEqual(blocks * BLOCK_BYTES);
      }),
    );
  });
});
