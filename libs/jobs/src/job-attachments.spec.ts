import { PART_BYTES } from '@frontier/durable';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttachedOutput, attachmentOf, MAX_ATTACHED_BYTES } from './job-attachments.js';

/** Pieces of so many bytes, which count on. */
function* pieces(lengths: readonly number[]): Generator<Uint8Array> {
  let next = 0;
  for (const length of lengths) yield Uint8Array.from({ length }, () => next++ % 251);
}

describe(attachmentOf, () => {
  it('fills its parts in order, however the pieces were cut, with a buffer of its own each', async () => {
    const lengths = fc.array(fc.oneof(fc.nat(10), fc.nat(3 * PART_BYTES), fc.constant(PART_BYTES)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lengths, async (cuts) => {
        const whole = Buffer.concat([...pieces(cuts)]);
        const parts = (await attachmentOf(pieces(cuts), 20 * PART_BYTES))!;
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
        expect(parts.length).toBe(Math.ceil(whole.length / PART_BYTES));
        for (const part of parts) expect(part.buffer.byteLength).toBe(part.length);
      }),
      { numRuns: 50 },
    );
  });

  it('ends at the first byte too many, and takes no more pieces', async () => {
    expect((await attachmentOf(pieces([3, 4]), 7))!.map((part) => part.length)).toEqual([7]);
    let taken = 0;
    const endless = function* (): Generator<Uint8Array> {
      for (;;) {
        taken++;
        yield new Uint8Array(4);
      }
    };
    expect(await attachmentOf(endless(), 7)).toBeUndefined();
    expect(taken).toBe(2);
  });
});

describe(AttachedOutput, () => {
  it('is refused where it is larger than what is kept of a job', async () => {
    const text = async function* (bytes: number): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(bytes);
    };
    const { output: limit } = MAX_ATTACHED_BYTES;
    expect((await AttachedOutput.of({}, text(limit))).attachment).toHaveLength(limit / PART_BYTES);
    await expect(AttachedOutput.of({}, text(limit + 1))).rejects.toMatchObject({
      code: 'job_output_too_large',
      retryable: false,
    });
  });
});
