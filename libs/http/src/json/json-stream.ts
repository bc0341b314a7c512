import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LoopShare } from '@frontier/resilience';

/** Bytes that are written at once, about. */
const PIECE_LENGTH = 65_536;

/** A list whose items are made when they are written: thousands of them at once would hold up the event loop. */
export class LazyList<T> implements Iterable<T> {
  readonly #items: () => Iterable<T>;

  /** @param items makes the items, anew for each iteration */
  constructor(
    readonly length: number,
    items: () => Iterable<T>,
  ) {
    this.#items = items;
  }

  /** A list of what a function makes of each item of another. */
  static map<T, U>(items: readonly T[], make: (item: T) => U): LazyList<U> {
    return new LazyList(items.length, function* () {
      for (const item of items) yield make(item);
    });
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items()[Symbol.iterator]();
  }

  toJSON(): T[] {
    return [...this];
  }
}

/** Responds with a value as JSON, piece by piece. Its lists may be {@link LazyList}s; their items are written whole. */
export function jsonStream(reply: FastifyReply, value: unknown): Readable {
  reply.header('content-type', 'application/json; charset=utf-8');
  return Readable.from(jsonPieces(value), { objectMode: false });
}

/** A value as JSON, piece by piece, with turns for others in between. Its lists may be {@link LazyList}s. */
export async function* jsonPieces(value: unknown): AsyncGenerator<Buffer, void, undefined> {
  const share = new LoopShare();
  let piece = '';
  for (const text of written(value)) {
    piece += text;
    if (piece.length >= PIECE_LENGTH) {
      yield Buffer.from(piece);
      piece = '';
    }
    if (share.isUsed) await share.renewed();
  }
  yield Buffer.from(piece);
}

/** The texts that make up the JSON of a value. */
function* written(value: unknown): Generator<string, void, undefined> {
  if (value instanceof LazyList) yield* listed('[', ']', value, (item) => [JSON.stringify(item)]);
  else if (Array.isArray(value)) yield* listed('[', ']', value as unknown[], (item) => written(item ?? null));
  else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    yield* listed('{', '}', entries, function* ([key, member]) {
      yield `${JSON.stringify(key)}:`;
      yield* written(member);
    });
  } else yield JSON.stringify(value);
}

function* listed<T>(
  open: string,
  close: string,
  items: Iterable<T>,
  write: (item: T) => Iterable<string>,
): Generator<string, void, undefined> {
  yield open;
  let separator = '';
  for (const item of items) {
    yield separator;
    yield* write(item);
    separator = ',';
  }
  yield close;
}
