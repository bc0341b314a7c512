import { availableParallelism, totalmem } from 'node:os';
import { SERIES } from '../stats/model-stats.js';
import type { Collector } from './collector.js';
import { forReader, modelFor, type Reader, seesNotice, seesRequestsOf } from './reader.js';

/** Bytes of the event, of its models, of its series, and of its notices. */
const MAX_BYTES = 256 * 1024;
const MAX_MODELS_BYTES = 64 * 1024;
const MAX_SERIES_BYTES = 128 * 1024;
const MAX_NOTICES_BYTES = 16 * 1024;
/** Bytes that are kept for the counts of jobs, and the names between. */
const RESERVE = 1024;

/**
 * The JSON of a `hello`, in pieces: each is made when its turn comes, so that a reader that takes none of it holds up no more memory than one of them
 * and the notices.
 */
export function* helloPieces(collector: Collector, reader: Reader): Generator<string, void, undefined> {
  const models = reader.models();
  const notices = noticesOf(collector, reader);
  let bytes = Buffer.byteLength(notices);
  const counted = (piece: string): string => {
    bytes += Buffer.byteLength(piece);
    return piece;
  };
  yield counted(`${JSON.stringify(head(collector, reader)).slice(0, -1)},"models":[`);
  for (const piece of modelPieces(collector, reader, models)) yield counted(piece);
  yield counted(`],"series":{"step_ms":1000,"end":${Math.round(collector.stats.at)}`);
  for (const piece of seriesPieces(collector, models)) yield counted(piece);
  yield '},"requests":[';
  yield* endedPieces(collector, reader, MAX_BYTES - RESERVE - bytes);
  yield `],"jobs":${JSON.stringify(collector.jobCounts(reader))},"notices":${notices}}`;
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
function* modelPieces(
  collector: Collector,
  reader: Reader,
  names: ReadonlySet<string>,
): Generator<string, void, undefined> {
  let room = MAX_MODELS_BYTES;
  let separator = '';
  for (const name of names) {
    const model = collector.models.find(name);
    if (!model) continue;
    const text = JSON.stringify(modelFor(reader, model));
    room -= Buffer.byteLength(text) + 1;
    if (room < 0) return;
    yield `${separator}${text}`;
    separator = ',';
  }
}

/** The series, one name after the other; models are left out where there are too many. */
function* seriesPieces({ stats }: Collector, models: ReadonlySet<string>): Generator<string, void, undefined> {
  const share = MAX_SERIES_BYTES / SERIES.length;
  for (const name of SERIES) {
    const entries: string[] = [];
    let room = share;
    for (const model of models) {
      const entry = `${JSON.stringify(model)}:${JSON.stringify(stats.of(model).values(name))}`;
      room -= Buffer.byteLength(entry) + 1;
      if (room < 0) break;
      entries.push(entry);
    }
    yield `,"${name}":{${entries.join()}}`;
  }
  yield `,"loop_ms":{"server":${JSON.stringify(stats.loop.series.values())}}`;
}

/** The newest ended requests that there is room for, oldest first. */
function* endedPieces({ lives }: Collector, reader: Reader, room: number): Generator<string, void, undefined> {
  const { ended } = lives.store;
  const { last } = ended;
  let first = last + 1;
  for (const request of ended.since(0)) {
    if (!seesRequestsOf(reader, request.client)) continue;
    room -= Buffer.byteLength(forReader(reader, request, request.text)) + 1;
    if (room < 0) break;
    first = request.number;
  }
  let separator = '';
  for (const request of ended.between(first, last)) {
    if (!seesRequestsOf(reader, request.client)) continue;
    yield `${separator}${forReader(reader, request, request.text)}`;
    separator = ',';
  }
}

/** The notices as far as there is room, those that hold first. */
function noticesOf({ conditions }: Collector, reader: Reader): string {
  let room = MAX_NOTICES_BYTES;
  const texts = conditions.board
    .list()
    .filter((notice) => seesNotice(reader, notice))
    .map((notice) => JSON.stringify(notice))
    .filter((text) => (room -= Buffer.byteLength(text) + 1) > 0);
  return `[${texts.join()}]`;
}

/** The limit of the container or, without one, the memory of the machine. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
