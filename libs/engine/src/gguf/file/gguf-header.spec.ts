import { isAppError } from '@frontier/errors';
import { describe, expect, it } from 'vitest';
import {
  ggufBytes,
  type GgufWriterOptions,
  type GgufWriterTensor,
  type GgufWriterValue,
} from '../../testing/gguf-writer.js';
import { type GgufHeader, readGgufHeader } from './gguf-header.js';

const METADATA: Record<string, GgufWriterValue> = {
  'general.architecture': 'llama',
  'general.alignment': 32,
  'llama.block_count': 2,
  'llama.rope.freq_base': { type: 'float32', value: 10_000 },
  'tokenizer.ggml.tokens': ['<s>', 'a', 'b'],
  'tokenizer.ggml.scores': Float32Array.of(0, 1, 2),
  'tokenizer.ggml.add_bos_token': true,
  'split.no': { type: 'uint64', value: 0 },
};
const tensor = (name: string, shape: number[], type: GgufWriterTensor['type'] = 'F32'): GgufWriterTensor => ({
  name,
  type,
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b)),
});
const TENSORS = [
  tensor('token_embd.weight', [4, 32], 'Q8_0'),
  tensor('output_norm.weight', [32]),
  tensor('x', [1, 256], 'Q6_K'),
];
const SOUND = ggufBytes(METADATA, TENSORS);

describe(readGgufHeader, () => {
  const path = '/models/model.gguf';
  /** Reads from memory: writing thousands of files takes longer than reading them. */
  const read = (bytes: Uint8Array): GgufHeader => {
    let bytesRead = 0;
    return readGgufHeader({
      path,
      version: '',
      size: bytes.length,
      read: (position, byteLength) => {
        bytesRead += byteLength;
        if (position + byteLength > bytes.length || bytesRead > bytes.length + 64)
          throw new Error(`Read of ${byteLength} bytes at ${position}`);
        return Uint8Array.from(bytes.subarray(position, position + byteLength));
      },
    });
  };
  /** The error that a file is refused with, or `undefined`. */
  const refusal = (bytes: Uint8Array): unknown => {
    try {
      read(bytes);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const isOneLineOfThisFile = (error: unknown): boolean =>
    isAppError(error) &&
    ['model_invalid', 'model_unsupported'].includes(error.code) &&
    error.message.startsWith(path) &&
    !error.message.includes('\n');

  it('reads the file that the others are made of', () => {
    const { metadata, tensors } = read(SOUND);
    expect([...metadata.keys()]).toEqual(Object.keys(METADATA));
    expect(tensors.map(({ name, shape, byteLength }) => [name, shape, byteLength])).toEqual([
      ['token_embd.weight', [4, 32], 4 * 34],
      ['output_norm.weight', [32], 128],
      ['x', [1, 256], 210],
    ]);
  });

  const edited = (at: number, value: number | bigint): Buffer => {
    const bytes = Buffer.from(SOUND);
    if (typeof value === 'bigint') bytes.writeBigUInt64LE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  };
  const with1 = (tensors: GgufWriterTensor[], options?: GgufWriterOptions): Buffer =>
    ggufBytes(METADATA, tensors, options);
  const lengthOfFirstKey = 24;
  const lengthOfArchitecture = lengthOfFirstKey + 8 + 'general.architecture'.length + 4;
  const huge = 2n ** 63n;

  const cases: [fault: string, bytes: () => Uint8Array, code: string, message: RegExp][] = [
    ['no bytes', () => new Uint8Array(), 'model_invalid', /is no GGUF file/],
    [
      'another format',
      () => Buffer.from('PK\u0003\u0004 and so on'),
      'model_invalid',
      /is no GGUF file: it does not begin with "GGUF"/,
    ],
    [
      'the pointer of Git LFS',
      () => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9876543\n'),
      'model_invalid',
      /is a Git LFS pointer/,
    ],
    ['version 1', () => edited(4, 1), 'model_unsupported', /has version 1 of GGUF; supported are 2 and 3\./],
    ['version 0', () => edited(4, 0), 'model_unsupported', /has version 0/],
    ['big-endian numbers', () => edited(4, 0x0300_0000), 'model_unsupported', /is a big-endian GGUF file/],
    [
      '2^63 tensors',
      () => edited(8, huge),
      'model_invalid',
      /the number of tensors claims 9223372036854776000 elements at byte 8, where \d+ are possible/,
    ],
    ['2^40 keys', () => edited(16, 2n ** 40n), 'model_invalid', /the number of keys claims 1099511627776 elements/],
    ['one key more than there are', () => edited(16, 9n), 'model_invalid', /claims|has type|twice/],
    [
      'a key of 2^63 bytes',
      () => edited(lengthOfFirstKey, huge),
      'model_invalid',
      /a key of the metadata claims \d+ bytes/,
    ],
    [
      'a text of 2^63 bytes',
      () => edited(lengthOfArchitecture, huge),
      'model_invalid',
      /the text of "general\.architecture" claims \d+ bytes/,
    ],
    [
      'an array of arrays',
      () => ggufBytes({ a: { type: 'array' as 'uint8', values: [] } }, []),
      'model_unsupported',
      /the array "a" holds arrays/,
    ],
    [
      'an array of no type',
      () => ggufBytes({ a: { type: 'none' as 'uint8', values: [] } }, []),
      'model_invalid',
      /the array "a" has elements of type 4294967295/,
    ],
    [
      'a value of no type',
      () => edited(lengthOfArchitecture - 4, 13),
      'model_invalid',
      /"general\.architecture" in the metadata has type 13/,
    ],
    [
      'an array that is longer than the file',
      () => {
        const bytes = ggufBytes({ a: Int32Array.of(1, 2, 3) }, []);
        bytes.writeBigUInt64LE(2n ** 61n, 24 + 8 + 1 + 4 + 4);
        return bytes;
      },
      'model_invalid',
      /the array "a" claims 2305843009213694000 elements/,
    ],
    [
      'more numbers than any list of a model has, which the file holds all the same',
      () => {
        const bytes = ggufBytes({ a: { type: 'uint8', values: [1] } }, []);
        bytes.writeBigUInt64LE(2n ** 22n + 1n, 24 + 8 + 1 + 4 + 4);
        return Buffer.concat([bytes, Buffer.alloc(2 ** 22)]);
      },
      'model_invalid',
      /the array "a" claims 4194305 bytes at byte \d+, where 4194304 are possible/,
    ],
    [
      'a text in an array that is longer than the file',
      () => {
        const bytes = ggufBytes({ a: ['xy', 'z'] }, []);
        bytes.writeBigUInt64LE(2n ** 40n, 24 + 8 + 1 + 4 + 4 + 8);
        return bytes;
      },
      'model_invalid',
      /the array "a" claims 1099511627776 bytes/,
    ],
    [
      'the same key twice',
      () => Buffer.from(ggufBytes({ ab: 1, ac: 2 }, []).toString('latin1').replace('ac', 'ab'), 'latin1'),
      'model_invalid',
      /the metadata have "ab" twice/,
    ],
    ['an empty key', () => ggufBytes({ '': 1 }, []), 'model_invalid', /the metadata have an empty key/],
    [
      'an alignment of 24',
      () => ggufBytes({ 'general.alignment': 24 }, []),
      'model_invalid',
      /"general\.alignment" in the metadata must be a power of two, not 24/,
    ],
    [
      'an alignment of 0',
      () => ggufBytes({ 'general.alignment': 0 }, []),
      'model_invalid',
      /must be a power of two, not 0/,
    ],
    [
      'an alignment that is a text',
      () => ggufBytes({ 'general.alignment': '32' }, []),
      'model_invalid',
      /must be a whole number, not "32"/,
    ],
    [
      'the same tensor twice',
      () => with1([TENSORS[0], TENSORS[1], TENSORS[0]]),
      'model_invalid',
      /tensor "token_embd\.weight" is there twice/,
    ],
    [
      'a tensor with the name of a control character',
      () => with1([tensor('a\nb', [1, 1, 1, 1, 1])]),
      'model_invalid',
      /tensor "a\\nb" has 5 dimensions/,
    ],
    ['a tensor without dimensions', () => with1([{ ...TENSORS[1], shape: [] }]), 'model_invalid', /has 0 dimensions/],
    [
      'a tensor without elements',
      () => with1([{ ...TENSORS[1], shape: [0, 32] }]),
      'model_invalid',
      /has the shape \[0,32\] at 0 of the data, which no file can hold/,
    ],
    [
      'a tensor of 2^80 elements',
      () => with1([{ ...TENSORS[1], shape: [2 ** 40, 2 ** 40] }]),
      'model_invalid',
      /which no file can hold/,
    ],
    [
      'a type that is not known',
      () => with1([{ ...TENSORS[1], type: 99, data: new Uint8Array(128) }]),
      'model_unsupported',
      /tensor "output_norm\.weight" has type 99, which is not known\. Take a Q4_K_M or Q8_0 file/,
    ],
    [
      'a row of 31 elements in blocks of 32',
      () => with1([{ ...TENSORS[0], shape: [4, 31] }]),
      'model_invalid',
      /has rows of 31 elements, but Q8_0 stores blocks of 32/,
    ],
    [
      'an offset past the end',
      () => with1(TENSORS, { offsets: { x: 1_000_000 } }),
      'model_invalid',
      /is truncated: tensor "x" ends at byte \d+, but the file has \d+\. Download it again/,
    ],
    ['an offset of 2^63', () => with1(TENSORS, { offsets: { x: huge } }), 'model_invalid', /which no file can hold/],
    [
      'an offset that is not aligned',
      () => with1(TENSORS, { offsets: { x: 4 } }),
      'model_invalid',
      /tensor "x" begins at 4 of the data, which is no multiple of 32/,
    ],
    [
      'overlapping tensors',
      () => with1(TENSORS, { offsets: { 'output_norm.weight': 128 } }),
      'model_invalid',
      /tensor "token_embd\.weight" overlaps "output_norm\.weight"/,
    ],
    ['two tensors in one place', () => with1(TENSORS, { offsets: { x: 0 } }), 'model_invalid', /overlaps/],
  ];
  it.each(cases)('refuses %s in one line that names the file', (_, bytes, code, message) => {
    const error = refusal(bytes());
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(isOneLineOfThisFile(error)).toBe(true);
  });

  it('refuses the file at whatever byte it is cut', () => {
    for (let length = 0; length < SOUND.length - 1; length++) {
      const error = refusal(SOUND.subarray(0, length));
      // The last tensor is padded.
      if (length >= SOUND.length - (224 - 210)) expect(error).toBeUndefined();
      else expect([length, isOneLineOfThisFile(error)]).toEqual([length, true]);
    }
  });

  it('reads or refuses 10,000 damaged headers, never at more than the file has', () => {
    const random = lehmer(20_261_126);
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      const error = refusal(damaged(SOUND, random));
      if (error === undefined) continue;
      refused++;
      if (!isOneLineOfThisFile(error)) throw error;
    }
    // Bytes of names, scores and padding may be anything.
    expect(refused).toBeGreaterThan(5_000);
  });
});

/** Numbers below `bound` (Lehmer, MINSTD). */
function lehmer(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}

const EXTREMES = [0n, 1n, 0xffn, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

/** A copy with some bytes overwritten, left out, doubled, or replaced by an extreme number. */
function damaged(bytes: Buffer, random: (bound: number) => number): Buffer {
  let copy = Buffer.from(bytes);
  for (let changes = 1 + random(3); changes > 0; changes--) {
    // Most damage belongs into the header, which ends before the last 480 bytes.
    const at = random(random(4) === 0 ? copy.length - 8 : copy.length - 480);
    switch (random(4)) {
      case 0:
        copy[at] = random(256);
        break;
      case 1:
        copy.writeBigUInt64LE(EXTREMES[random(EXTREMES.length)], at);
        break;
      case 2:
        copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + random(8))]);
        break;
      default:
        copy = Buffer.concat([copy.subarray(0, at + random(16)), copy.subarray(at)]);
    }
  }
  return copy;
}
