import { count, plural, roughly } from '../format/numbers.js';
import type { Connection } from './connection.js';
import type { Hello, LiveModel, Notice, Tick } from './live-events.js';
import { type Room, roomOf } from './room.js';

export type StatusWord =
  | 'Ready'
  | 'Loading'
  | 'Busy'
  | 'Full'
  | 'Degraded'
  | 'Draining'
  | 'Failed'
  | 'No connection'
  | 'Connecting'
  | 'No live data';

/** The answer to "can it answer now; if not, why, and when?": one word, one sentence, one link. */
export interface Status {
  word: StatusWord;
  /** Words that narrow screens leave out. */
  lead?: string;
  text: string;
  link?: { text: string; href: string };
}

export interface StatusInputs {
  connection: Connection;
  hello: Pick<Hello, 'limits'> | null;
  models: readonly LiveModel[];
  tick: Tick | null;
  notices: readonly Notice[];
  /** Now on the clock of this machine. */
  now: number;
}

const MODELS_LINK = { text: 'Models', href: '#/models' };

/** A wait from here on is said as "Busy". */
const BUSY_MS = 2000;

/** Says what the server can do for a new caller, worst news first. */
export function statusOf(inputs: StatusInputs): Status {
  return (
    ofConnection(inputs) ?? ofDrain(inputs) ?? ofModels(inputs) ?? ofRoom(inputs) ?? ofNotices(inputs) ?? ready(inputs)
  );
}

function ofConnection({ connection, now, hello }: StatusInputs): Status | undefined {
  if (connection.phase === 'none') {
    return { word: 'No live data', text: 'This server has no live stream for this key; Play and Jobs work.' };
  }
  if (connection.phase === 'lost') {
    const { lastHeardAt, retryAt, reason, refusal } = connection;
    const next = retryAt <= now ? 'connecting again' : `again in ${seconds(retryAt - now)}`;
    if (reason === 'shutting_down') {
      return { word: 'Draining', text: `${sentence(refusal ?? 'The server is shutting down')} (${next})` };
    }
    if (refusal !== null) return { word: 'No live data', text: `${sentence(refusal)} (${next})` };
    const heard = lastHeardAt === null ? 'Not heard yet' : `Last heard ${seconds(now - lastHeardAt)} ago`;
    const ended = reason === null ? '' : ` The live stream ended (${reason}).`;
    return { word: 'No connection', text: `${heard}, ${next}.${ended}` };
  }
  return hello === null ? { word: 'Connecting', text: 'The page asks the server how it is.' } : undefined;
}

function ofDrain({ notices }: StatusInputs): Status | undefined {
  const notice = notices.find(({ code }) => code === 'draining');
  return notice && { word: 'Draining', text: notice.text, link: linkOf(notice) };
}

function ofModels({ models }: StatusInputs): Status | undefined {
  if (models.length === 0) {
    return { word: 'Failed', text: 'The server has no model.', link: MODELS_LINK };
  }
  if (models.some(({ status }) => status === 'ready')) return undefined;
  const loading = models.find(({ status }) => status === 'loading');
  if (loading) return { word: 'Loading', text: `${loadingText(loading)}.`, link: MODELS_LINK };
  const failed = models.find(({ status }) => status === 'failed');
  if (!failed) return undefined;
  const text = `${failed.id}: ${sentence(failed.error?.message ?? 'it could not be loaded')}`;
  return { word: 'Failed', text, link: MODELS_LINK };
}

/** "storyteller: loading 61 %, about 6 s". */
export function loadingText({ id, progress }: LiveModel): string {
  if (!progress) return `${id}: loading`;
  const { phase, done, total, per_s: rate } = progress;
  const share = total ? ` ${Math.floor((done / total) * 100)} %` : '';
  const left = total && rate ? `, about ${roughly(((total - done) / rate) * 1000)}` : '';
  return `${id}: ${phase}${share}${left}`;
}

function ofRoom({ tick, hello, notices, models }: StatusInputs): Status | undefined {
  const room = roomOf(tick);
  const overloaded = notices.find(({ code }) => code === 'overloaded');
  const max = hello?.limits.queue_max;
  const link = linkOf({ code: 'overloaded', help: overloaded?.help });
  if (overloaded || (max !== undefined && room.waiting >= max)) {
    const away = room.startInMs === null ? '' : `, the next place is about ${roughly(room.startInMs)} away`;
    const waits = max === undefined ? count(room.waiting) : `${count(room.waiting)} of ${count(max)}`;
    const refused = room.refused > 0 ? ` ${count(room.refused)} refused in the last minute.` : '';
    return { word: 'Full', text: `New requests are refused: ${waits} wait${away}.${refused}`, link };
  }
  if (room.startInMs === null || room.startInMs < BUSY_MS) return undefined;
  const text = `${traffic(room)}; a new request starts in about ${roughly(room.startInMs)}.`;
  return { word: 'Busy', lead: answering(models), text };
}

function ofNotices({ notices, models, tick }: StatusInputs): Status | undefined {
  const notice = notices.findLast(({ level }) => level !== 'info');
  if (notice) return { word: 'Degraded', text: sentence(notice.text), link: linkOf(notice) };
  const failed = models.find(({ status }) => status === 'failed');
  if (!failed) return undefined;
  return {
    word: 'Degraded',
    lead: answering(models),
    text: `${failed.id} could not be loaded. ${traffic(roomOf(tick))}.`,
    link: MODELS_LINK,
  };
}

function ready({ models, tick }: StatusInputs): Status {
  const room = roomOf(tick);
  const loading = models.find(({ status }) => status === 'loading');
  const extra = loading ? ` ${loadingText(loading)}.` : '';
  const start = room.startInMs === null ? '' : `; a new request starts ${startsIn(room.startInMs)}`;
  return { word: 'Ready', lead: answering(models), text: `${traffic(room)}${start}.${extra}` };
}

const startsIn = (ms: number): string => (ms < 50 ? 'at once' : `in about ${roughly(ms)}`);

function answering(models: readonly LiveModel[]): string {
  const able = models.filter(({ status, policy }) => {
    return status === 'ready' || (status === 'unloaded' && policy === 'on_demand');
  }).length;
  return `${able} of ${plural(models.length, 'model')} can answer.`;
}

function traffic({ running, waiting }: Room): string {
  if (running === 0 && waiting === 0) return 'Nothing is running';
  return waiting === 0 ? `${count(running)} running` : `${count(running)} running, ${count(waiting)} waiting`;
}

function linkOf({ help, code }: Pick<Notice, 'help' | 'code'>): Status['link'] {
  const href = help ?? (code in RUNBOOKS ? DOCS + RUNBOOKS[code] : undefined);
  return href === undefined ? undefined : { text: 'What to do', href };
}

const DOCS = 'https://github.com/frontier-inference/frontier-inference/blob/main/docs/';
/** Runbooks by the code of a notice. */
const RUNBOOKS: Readonly<Record<string, string>> = {
  overloaded: 'operations/queue.md',
  circuit_open: 'operations/circuit-breaker.md',
  engine_restarted: 'operations/engine-restarts.md',
};

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
