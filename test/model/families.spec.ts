import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedModel, loadModel, type ModelOptions } from '@frontier/engine';
import { int8Saturates } from '@frontier/engine/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { type GoldenFamily, goldenFamilies, writeGoldenFamily } from '../support/golden-families.ts';

/** The lengths of the prompt after each of its chunks; longer than the windows, and no multiples of them. */
const CHUNK_ENDS = [12, 25, 40];

/** Where int8 weights have 7 bits, narrow random models show it. */
const INT8_CORRELATION = (await int8Saturates()) ? 0.985 : 0.99;

describe.each(goldenFamilies().map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-family-'));
  let model: LoadedModel | undefined;
  afterEach(async () => {
    await model?.runner.release();
    rmSync(folder, { recursive: true, force: true });
  });

  const load = async (precision: ModelOptions['precision']): Promise<LoadedModel['runner']> => {
    writeGoldenFamily(folder, golden);
    const { contextLength } = golden;
    model = await loadModel({ path: folder, maxBatchSize: 3, contextLength, precision });
    expect(model.warnings).toEqual([]);
    return model.runner;
  };
  const all = [...golden.prompt, ...golden.greedy];
  const prompt = Int32Array.from(golden.prompt);

  /** Prefills the prompt up to `CHUNK_ENDS[slot]`, the longest one in chunks, and returns its logits by position. */
  const prefillOne = async (runner: LoadedModel['runner'], slot: number): Promise<[number, Float32Array][]> => {
    const end = CHUNK_ENDS[slot];
    const found: [number, Float32Array][] = [];
    let begin = 0;
    for (const chunk of slot === CHUNK_ENDS.length - 1 ? CHUNK_ENDS : [end]) {
      const { logits } = await runner.prefill(slot, prompt.slice(begin, chunk), end);
      found.push([chunk - 1, Float32Array.from(logits)]);
      begin = chunk;
    }
    return found;
  };

  const prefill = async (runner: LoadedModel['runner']): Promise<Map<number, Float32Array>> => {
    const found = new Map<number, Float32Array>();
    for (const [slot] of CHUNK_ENDS.entries()) {
      for (const [position, logits] of await prefillOne(runner, slot)) found.set(position, logits);
    }
    return found;
  };

  it('has the logits of Hugging Face, in chunks of a prompt, alone, and in a batch of three lengths', async () => {
    const runner = await load('fp32');
    const found = await prefill(runner);
    for (let step = 0; step < golden.greedy.length; step++) {
      const slots = CHUNK_ENDS.map((__, slot) => slot);
      const results = await decode(
        runner,
        slots,
        CHUNK_ENDS.map((end) => all[end + step]),
      );
      for (const [slot, { logits }] of results.entries())
        found.set(CHUNK_ENDS[slot] + step, Float32Array.from(logits!));
    }
    const differences = [...golden.logits].map(([position, expected]) => [
      position,
      largestDifference(golden, found.get(position)!, expected),
    ]);
    expect(differences.filter(([, difference]) => difference >= 1e-4)).toEqual([]);

    for (const [slot] of CHUNK_ENDS.entries()) runner.free(slot);
    let { logits } = await runner.prefill(0, prompt, prompt.length);
    for (const token of golden.greedy) {
      expect(logits.indexOf(Math.max(...logits))).toBe(token);
      [{ logits = new Float32Array() }] = await decode(runner, [0], [token]);
    }
    expect(largestDifference(golden, logits, golden.logits.get(all.length - 1)!)).toBeLessThan(1e-4);
  });

  it.each(['fp32', 'int8', 'int4'] as const)('has the same bits alone and beside others in %s', async (precision) => {
    const runner = await load(precision);
    await prefill(runner);
    const tokens = CHUNK_ENDS.map((end) => all[end]);
    expect(runner.plan([0, 1, 2]).groups).toHaveLength(1);
    const together = (await decode(runner, [0, 1, 2], tokens)).map(({ logits }) => Float32Array.from(logits!));
    for (const [slot] of CHUNK_ENDS.entries()) runner.free(slot);
    for (const [slot, logits] of together.entries()) {
      await prefillOne(runner, slot);
      const [alone] = await decode(runner, [slot], [tokens[slot]]);
      expect(alone.logits).toEqual(logits);
      runner.free(slot);
    }
  });

  it.each([
    ['int8', INT8_CORRELATION],
    ['int4', 0.9],
  ] as const)('correlates in %s with at least %f', async (precision, limit) => {
    const runner = await load(precision);
    const found = await prefill(runner);
    const [{ logits }] = await decode(runner, [1], [all[CHUNK_ENDS[1]]]);
    found.set(CHUNK_ENDS[1], logits!);
    const positions = [...golden.logits].filter(([position]) => found.has(position));
    expect(positions.length).toBeGreaterThan(2);
    for (const [position, expected] of positions) {
      expect(correlation(every(golden, found.get(position)!), expected)).toBeGreaterThan(limit);
    }
  });
});

function every({ stride }: GoldenFamily, logits: Float32Array): number[] {
  return [...logits].filter((__, token) => token % stride === 0);
}

function largestDifference(golden: GoldenFamily, logits: Float32Array, expected: number[]): number {
  return Math.max(...every(golden, logits).map((value, i) => Math.abs(value - expected[i])));
}

function correlation(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
