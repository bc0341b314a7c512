import { availableParallelism, totalmem } from 'node:os';
import { SERIES } from '../stats/model-stats.js';
import type { Collector } from './collector.js';
import { forReader, modelFor, type Reader, seesModel, seesNotice, seesRequestsOf } from './reader.js';

/** Bytes of the event, of its models, and of its series. */
const MAX_BYTES = 256 * 1024;
const MAX_MODELS_BYTES = 64 * 1024;
const MAX_SERIES_BYTES = 128 * 1024;
/** Bytes that are kept for all that follows the requests. */
const RESERVE = 16 * 1024;

/** The JSON of a `hello`, in pieces, so that a reader that takes none of it holds up no more memory than one of them. */
export function* helloPieces(collector: Collector, reader: Reader): Generator<string, void, undefined> {
  let bytes = 0;
  const counted = (piece: string): string => {
    bytes += Buffer.byteLength(piece);
    return piece;
  };
  yield counted(
    `${JSON.stringify(head(collector, reader)).slice(0, -1)},"models":[${modelTexts(collector, reader).join()}]`,
  );
  yield counted(`,"series":{"step_ms":1000,"end":${Math.round(collector.stats.at)}`);
  for (const piece of seriesPieces(collector, reader)) yield counted(piece);
  yield '},"requests":[';
  let separator = '';
  for (const text of newest(collector, reader, MAX_BYTES - RESERVE - bytes)) {
    yield `${separator}${text}`;
    separator = ',';
  }
  const notices = collector.conditions.board.list().filter((notice) => seesNotice(reader, notice));
  yield `],"jobs":${JSON.stringify(collector.jobCounts(reader))},"notices":${JSON.stringify(notices)}}`;
}

function head({ options }: Collector, reader: Reader): object {
  const { version, limits } = options;
  return {
    v: 1,
    scope: reader.scope,
    at: Date.now(),
    server: {
      version,
      uptime_s: Math.round(process.uptime()),
      cpus: availableParallelism(),
      memory_limit: reader.scope === 'all' ? memoryLimit() : null,
    },
    limits: {
      queue_max: limits.queueMax,
      queue_timeout_ms: limits.queueTimeoutMs,
      request_timeout_ms: limits.requestTimeoutMs,
    },
  };
}

/** The models, as far as there is room: all of them but in a folder of hundreds. */
function modelTexts(collector: Collector, reader: Reader): string[] {
  let room = MAX_MODELS_BYTES;
  return collector.models
    .all()
    .filter(({ id }) => seesModel(reader, id))
    .map((model) => JSON.stringify(modelFor(reader, model)))
    .filter((text) => (room -= Buffer.byteLength(text) + 1) > 0);
}

/** The series, one name after the other; models are left out where there are too many. */
function* seriesPieces({ stats }: Collector, { models }: Reader): Generator<string, void, undefined> {
  const share = MAX_SERIES_BYTES / SERIES.length;
  for (const name of SERIES) {
    const entries: string[] = [];
    let room = share;
    for (const model of models) {
      const entry = `${JSON.stringify(model)}:${JSON.stringify(stats.of(model).values(name))}`;
      room -= Buffer.byteLength(entry) + 1;
      if (room > 0) entries.push(entry);
    }
    yield `,"${name}":{${entries.join()}}`;
  }
  yield `,"loop_ms":{"server":${JSON.stringify(stats.loop.series.values())}}`;
}

/** The newest ended requests that there is room for, oldest first. */
function newest({ lives }: Collector, reader: Reader, room: number): string[] {
  const texts: string[] = [];
  for (const { text, client } of lives.store.ended.since(0)) {
    if (!seesRequestsOf(reader, client)) continue;
    const shown = forReader(reader, text, client);
    room -= Buffer.byteLength(shown) + 1;
    if (room < 0) break;
    texts.push(shown);
  }
  return texts.toReversed();
}

/** The limit of the container or, without one, the memory of the machine. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
