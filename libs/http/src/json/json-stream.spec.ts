import fc from 'fast-check';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { jsonStream, LazyList } from './json-stream.js';

const reply = { header: () => reply } as unknown as FastifyReply;
const textOf = async (value: unknown): Promise<string> =>
  Buffer.concat((await jsonStream(reply, value).toArray()) as Buffer[]).toString();

describe(jsonStream, () => {
  it('writes what JSON.stringify does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await textOf({ value, none: undefined })).toBe(JSON.stringify({ value }));
      }),
    );
  });

  it('writes lists that are made as they are written', async () => {
    const squares = new LazyList(100_000, function* () {
      for (let i = 0; i < 100_000; i++) yield { i, square: i * i };
    });
    const text = await textOf({ squares, none: new LazyList(0, () => []) });
    expect(text).toBe(JSON.stringify({ squares, none: [] }));
    expect(JSON.parse(text)).toMatchObject({ squares: expect.objectContaining({ length: 100_000 }), none: [] });
  });
});
