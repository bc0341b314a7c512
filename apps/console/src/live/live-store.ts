import { batch, computed, signal } from '@preact/signals';
import type { Hello, JobCounts, Life, LiveModel, LiveRequest, Notice, Tick } from './live-events.js';
import { addHello, addTick, EMPTY_HISTORY, type History } from './history.js';

/** Ended requests that are kept, as many as the server keeps. */
export const MAX_ENDED = 200;

export const hello = signal<Hello | null>(null);
export const tick = signal<Tick | null>(null);
export const models = signal<readonly LiveModel[]>([]);
/** Running, waiting and the last ended ones, newest first. */
export const requests = signal<readonly LiveRequest[]>([]);
/** Requests that the server has beside those, which it does not send. */
export const more = signal({ waiting: 0, running: 0 });
export const notices = signal<readonly Notice[]>([]);
export const jobCounts = signal<JobCounts | null>(null);
/** Counts changes of jobs; lists of them are read again. */
export const jobChanges = signal(0);
export const history = signal<History>(EMPTY_HISTORY);
/** The key has the admin flag. */
export const isAdmin = computed(() => hello.value?.scope === 'all');

/** Events whose clock is compared: more would keep what was true before a clock was set. */
const CLOCK_EVENTS = 30;
/** The server's clock less the one of this machine, at each of the last of them. */
let clockOffsets: number[] = [];
let clockOffset = 0;

/** Now on the server's clock, in ms since 1970: times of the stream are on that. */
export function serverNow(): number {
  return Date.now() + clockOffset;
}

const READERS: Record<string, (data: never) => void> = {
  hello: (data: Hello) => {
    clockOffsets = [];
    compareClocks(data.at);
    hello.value = data;
    models.value = data.models;
    requests.value = newestFirst(data.requests);
    more.value = { waiting: 0, running: 0 };
    notices.value = data.notices.filter(({ until }) => until == null);
    jobCounts.value = data.jobs;
    history.value = addHello(data);
  },
  tick: (data: Tick) => {
    compareClocks(data.at);
    tick.value = data;
    // The server has the others no more.
    if (models.value.some(({ id }) => !(id in data.models))) {
      models.value = models.value.filter(({ id }) => id in data.models);
    }
    jobCounts.value = data.jobs;
    history.value = addTick(history.value, data);
  },
  life: (data: Life) => {
    const byId = new Map(requests.value.map((request) => [request.id, request]));
    for (const id of data.gone) if (!byId.get(id)?.end) byId.delete(id);
    for (const request of data.up)
      byId.set(request.id, { ...request, place: largest(request.place, byId.get(request.id)?.place) });
    requests.value = newestFirst([...byId.values()]);
    more.value = data.more;
  },
  model: (data: LiveModel) => {
    const others = models.value.filter(({ id }) => id !== data.id);
    models.value = models.value.some(({ id }) => id === data.id)
      ? models.value.map((model) => (model.id === data.id ? data : model))
      : [...others, data];
  },
  job: () => {
    jobChanges.value += 1;
  },
  notice: (data: Notice) => {
    const others = notices.value.filter(({ id }) => id !== data.id);
    notices.value = data.until ? others : [...others, data];
  },
};

/** Delays only add to an event's offset: the smallest delay counts. */
function compareClocks(at: number): void {
  clockOffsets = [...clockOffsets, at - Date.now()].slice(-CLOCK_EVENTS);
  clockOffset = Math.max(...clockOffsets);
}

/** Takes an event of the stream; names that it does not know are of a newer server, and passed over. */
export function receive(event: string, data: string): void {
  const reader = READERS[event];
  if (reader) batch(() => reader(JSON.parse(data) as never));
}

/** Forgets all: another key may see other things. */
export function clear(): void {
  batch(() => {
    hello.value = null;
    tick.value = null;
    models.value = [];
    requests.value = [];
    notices.value = [];
    jobCounts.value = null;
    history.value = EMPTY_HISTORY;
  });
}

/** A request's first place says how many were before it. */
function largest(place: number | null | undefined, before: number | null | undefined): number | undefined {
  return Math.max(place ?? 0, before ?? 0) || undefined;
}

function newestFirst(all: LiveRequest[]): LiveRequest[] {
  let ended = 0;
  return all.toSorted((a, b) => b.at - a.at).filter(({ end }) => !end || (ended += 1) <= MAX_ENDED);
}
