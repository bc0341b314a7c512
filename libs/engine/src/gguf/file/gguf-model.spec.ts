import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ggufBytes, type GgufWriterTensor, writeGguf, writeSplitGguf } from '../../testing/gguf-writer.js';
import { GgufModel } from './gguf-model.js';

const tensor = (name: string, shape: number[]): GgufWriterTensor => ({
  name,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i),
});
const TENSORS = [tensor('a', [2, 3]), tensor('b', [5]), tensor('c', [2, 2, 2]), tensor('d', [1])];
const METADATA = {
  'general.architecture': 'llama',
  'general.name': 'Grüße, 世界',
  'uint64.small': { type: 'uint64', value: 77 },
  'uint64.large': { type: 'uint64', value: 2n ** 63n },
  'int8.negative': { type: 'int8', value: -3 },
  'float64.third': { type: 'float64', value: 1 / 3 },
  'tokenizer.ggml.tokens': ['<s>', 'ä', '', '\u2581the'],
  'tokenizer.ggml.scores': Float32Array.of(0, -1.5, 2, 3),
  'tokenizer.ggml.token_type': Int32Array.of(3, 1, 1, 1),
  'gemma3.pattern': [true, false, true],
  'some.uint16s': { type: 'uint16', values: [1, 65_535] },
} as const;

describe(GgufModel, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const opened = <T>(path: string, use: (model: GgufModel) => T): T => {
    const model = GgufModel.open(path);
    try {
      return use(model);
    } finally {
      model.close();
    }
  };
  const write = (bytes: Uint8Array): string => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, bytes);
    return path;
  };

  it.each([2, 3])('reads the metadata and the places of tensors in version %i', (version) => {
    opened(write(ggufBytes(METADATA, TENSORS, { version, alignment: 64 })), ({ metadata, tensors, paths }) => {
      expect(paths).toEqual([metadata.path]);
      expect(metadata.string('general.name')).toBe('Grüße, 世界');
      expect(metadata.integer('uint64.small')).toBe(77);
      expect(() => metadata.integer('uint64.large')).toThrow(/"uint64.large" in the metadata must be a whole number/);
      expect(metadata.integer('int8.negative')).toBe(-3);
      expect(metadata.number('float64.third')).toBe(1 / 3);
      expect(metadata.strings('tokenizer.ggml.tokens')).toEqual(['<s>', 'ä', '', '\u2581the']);
      expect(metadata.numbers('tokenizer.ggml.scores')).toEqual(Float32Array.of(0, -1.5, 2, 3));
      expect(metadata.numbers('tokenizer.ggml.token_type')).toEqual(Int32Array.of(3, 1, 1, 1));
      expect(metadata.flags('gemma3.pattern')).toEqual([true, false, true]);
      expect(metadata.numbers('some.uint16s')).toEqual([1, 65_535]);
      for (const { name, shape, data } of TENSORS) {
        const found = tensors.get(name)!;
        expect([found.shape, found.type.name, found.begin % 64]).toEqual([shape, 'F32', 0]);
        const bytes = found.file.read(found.begin, found.byteLength);
        expect(new Float32Array(bytes.buffer)).toEqual(data);
      }
    });
  });

  it('says that the file was changed when an array is read later', () => {
    const path = write(ggufBytes(METADATA, TENSORS));
    opened(path, ({ metadata }) => {
      renameSync(path, `${path}.old`);
      write(ggufBytes({ ...METADATA, more: 1 }, TENSORS));
      expect(() => metadata.strings('tokenizer.ggml.tokens')).toThrow(/was changed while the model was loaded/);
    });
  });

  it('finds the tensors of all parts of a split model', () => {
    const first = writeSplitGguf(join(folder, 'split'), METADATA, TENSORS, 3);
    opened(first, ({ metadata, tensors, paths }) => {
      expect(paths.map((path) => path.slice(-19))).toEqual([
        '00001-of-00003.gguf',
        '00002-of-00003.gguf',
        '00003-of-00003.gguf',
      ]);
      expect(metadata.string('general.architecture')).toBe('llama');
      expect([...tensors.keys()]).toEqual(['a', 'b', 'c', 'd']);
      expect(new Set([...tensors.values()].map(({ file }) => file.path)).size).toBe(3);
    });
  });

  const splits: [fault: string, damage: (first: string) => string, message: RegExp][] = [
    [
      'its second part',
      (first) => first.replace('00001-of', '00002-of'),
      /is part 2 of 3 of a model: open the first, faulty-00001-of-00003\.gguf/,
    ],
    [
      'a part that is missing',
      (first) => {
        rmSync(first.replace('00001-of', '00003-of'));
        return first;
      },
      /faulty-00003-of-00003\.gguf is missing/,
    ],
    [
      'a part with the name of another',
      (first) => {
        renameSync(first.replace('00001-of', '00003-of'), first.replace('00001-of', '00002-of'));
        return first;
      },
      /faulty-00002-of-00003\.gguf is not part 2 of 3/,
    ],
    [
      'a name that does not say so',
      (first) => {
        renameSync(first, join(folder, 'other.gguf'));
        return join(folder, 'other.gguf');
      },
      /other\.gguf is one of 3 parts, which its name must say, as in NAME-00001-of-00003\.gguf/,
    ],
    [
      'a tensor that two parts have',
      (first) => {
        const split = { 'split.no': 1, 'split.count': 3, 'split.tensors.count': 4 };
        writeGguf(first.replace('00001-of', '00002-of'), split, [tensor('a', [2, 3])]);
        return first;
      },
      /tensor "a" is also in .*faulty-00001-of-00003\.gguf/,
    ],
    [
      'a tensor that no part has',
      (first) => {
        writeGguf(first.replace('00001-of', '00002-of'), { 'split.no': 1, 'split.count': 3 }, []);
        return first;
      },
      /the parts have 3 tensors together, but "split\.tensors\.count" says 4/,
    ],
  ];
  it.each(splits)('refuses a split model with %s', (_, damage, message) => {
    const path = damage(writeSplitGguf(join(folder, 'faulty'), METADATA, TENSORS, 3));
    expect(() => GgufModel.open(path)).toThrow(message);
  });
});
