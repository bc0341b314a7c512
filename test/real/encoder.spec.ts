import {
  type EncoderInput,
  loadEncoder,
  type LoadedEncoder,
  loadTokenizer,
  type TextTokenizer,
} from '@frontier/engine';
import { int8Saturates } from '@frontier/engine/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSETS, hasEncoder } from './support/assets.ts';
import { encodeRequests } from './support/encode-requests.ts';
import { digestOf, ENCODER_VERSIONS, encoderCases, tokensOf } from './support/encoder-golden.ts';
import { addRow } from './support/row.ts';

/** The least cosine of a text's vector to that of sentence-transformers; weights have 64 steps on processors without exact 8-bit products. */
const MIN_COSINE = { fp32: 0.99999, int8: (await int8Saturates()) ? 0.97 : 0.99 } as const;
/** How far a number of the published vectors and cosines may be off. */
const PUBLISHED_ERROR = { fp32: 1e-4, int8: 0.03 } as const;
const PRECISIONS = ['fp32', 'int8'] as const;

/** Texts that are computed again in other batches. */
const AGAIN = 40;
const SPLITS = 2;
const BATCH = 32;

const CASES = encoderCases();
const reference = `sentence-transformers ${ENCODER_VERSIONS.sentence_transformers}`;

describe.skipIf(!hasEncoder)('all-MiniLM-L6-v2', () => {
  let tokenizer: TextTokenizer;
  let inputs: EncoderInput[];
  beforeAll(() => {
    tokenizer = loadTokenizer(ASSETS.encoder);
    inputs = CASES.map((text) => ({ tokens: tokensOf(tokenizer, text) }));
  });

  it("gives 500 texts of 1 to 256 tokens the ids of transformers' tokenizer", (context) => {
    const lengths = new Set(CASES.map(({ length }) => length));
    expect([CASES.length, lengths.size, Math.min(...lengths), Math.max(...lengths)]).toEqual([500, 256, 1, 256]);
    const wrong = CASES.filter(({ length, digest }, i) => {
      const { tokens } = inputs[i];
      return tokens.length !== length || digestOf(tokens) !== digest;
    });
    const row = { reference: `tokenizers ${ENCODER_VERSIONS.tokenizers}`, bound: 'all' };
    addRow(context, { point: 'ids of texts', ours: `${CASES.length - wrong.length} of ${CASES.length}`, ...row });
    expect(wrong.map(({ text }) => text)).toEqual([]);
  });

  describe.each(PRECISIONS)('in %s', (precision) => {
    let model: LoadedEncoder;
    let vectors: Float32Array[];
    beforeAll(async () => {
      model = await loadEncoder({ path: ASSETS.encoder, maxBatchSize: BATCH, precision });
      [vectors] = await encodeRequests(model, [inputs], BATCH);
    });
    afterAll(() => model?.runner.release());

    const encode = async (texts: readonly string[]): Promise<Float32Array[]> => {
      const [found] = await encodeRequests(model, [texts.map((text) => tokenizer.encodeInput(text))], BATCH);
      return found;
    };

    it('gives each text the vector of sentence-transformers', (context) => {
      const cosines = CASES.map(({ vector }, i) => cosine(vector, vectors[i]));
      const sorted = cosines.toSorted((a, b) => a - b);
      addRow(context, {
        point: `cosines of vectors, ${precision}`,
        ours: `${sorted[0].toFixed(7)} and more, median ${sorted[sorted.length >> 1].toFixed(7)}`,
        reference,
        bound: `${MIN_COSINE[precision]}`,
      });
      expect(CASES.filter((_, i) => !(cosines[i] >= MIN_COSINE[precision])).map(({ text }) => text)).toEqual([]);
    });

    it('gives a text the same bits in any batch', async (context) => {
      const order = shuffled(CASES.keys(), 1).slice(0, AGAIN);
      let same = 0;
      const compare = (found: Float32Array[][], split: number[][]): void => {
        for (const [i, part] of split.entries())
          for (const [j, index] of part.entries()) same += Number(isSame(found[i][j], vectors[index]));
      };
      const alone = order.map((index) => [index]);
      compare(await encodeRequests(model, inputsOf(alone), 1), alone);
      for (let seed = 0; seed < SPLITS; seed++) {
        const split = splitAtRandom(shuffled(order, seed), seed);
        compare(await encodeRequests(model, inputsOf(split), 1 + 7 * seed), split);
      }
      const of = (1 + SPLITS) * AGAIN;
      const row = { reference: 'all texts together', bound: 'all, bit for bit' };
      addRow(context, { point: `other batches, ${precision}`, ours: `${same} of ${of}`, ...row });
      expect(same).toBe(of);
    });

    it("has the values of the model's page", async () => {
      const [hello, lovely, sunny, stadium] = await encode([
        'hello world',
        'The weather is lovely today.',
        "It's so sunny outside!",
        'He drove to the stadium.',
      ]);
      const found = [cosine(lovely, sunny), cosine(lovely, stadium), cosine(sunny, stadium), ...hello.subarray(0, 5)];
      const published = [0.666, 0.1046, 0.1411, -0.034478, 0.03102, 0.00673, 0.02611, -0.039362];
      const errors = found.map((value, i) => Math.abs(value - published[i]));
      expect(Math.max(...errors)).toBeLessThan(PUBLISHED_ERROR[precision]);
    });

    const inputsOf = (split: readonly number[][]): EncoderInput[][] =>
      split.map((part) => part.map((index) => inputs[index]));
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}

/** A generator of whole numbers below a bound. */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed + 1;
  return (bound) => {
    state = Math.imul(state, 48_271) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function shuffled(items: Iterable<number>, seed: number): number[] {
  const random = randomFrom(seed);
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** The items in parts of 1 to 12. */
function splitAtRandom(items: number[], seed: number): number[][] {
  const random = randomFrom(seed + 100);
  const parts: number[][] = [];
  for (let at = 0; at < items.length; at += parts.at(-1)!.length) parts.push(items.slice(at, at + 1 + random(12)));
  return parts;
}
