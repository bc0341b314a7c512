import type { RequestRecord } from '@frontier/telemetry';
import type { Segments } from './segments.js';

/** Kinds of inference that write tokens. */
const GENERATES: ReadonlySet<RequestRecord['operation']> = new Set(['chat', 'text_completion']);

/** Enters the phases that the record of an ended request tells: of one that no engine worked for, none. */
export function enterRecorded(segments: Segments, record: RequestRecord): void {
  const { admittedAtMs = 0, queueMs, prefillMs, firstTokenAtMs, operation, cache, errorCode } = record;
  if (queueMs === undefined || cache === 'HIT') return;
  const workAtMs = firstTokenAtMs === undefined ? admittedAtMs + queueMs : firstTokenAtMs - (prefillMs ?? 0);
  segments.enter('queue', Math.max(admittedAtMs, workAtMs - queueMs));
  if (errorCode === 'queue_timeout') return;
  if (firstTokenAtMs === undefined || !GENERATES.has(operation)) return segments.enter('compute', workAtMs);
  segments.enter('prompt', workAtMs);
  segments.enter('tokens', firstTokenAtMs);
}
