import { computed, signal } from '@preact/signals';

export const VIEWS = ['play', 'live', 'models', 'requests', 'jobs', 'embed'] as const;
export type View = (typeof VIEWS)[number];

/** Names of the views in tabs and titles. */
export const VIEW_NAMES: Readonly<Record<View, string>> = {
  play: 'Play',
  live: 'Live',
  models: 'Models',
  requests: 'Requests',
  jobs: 'Jobs',
  embed: 'Embed',
};

interface Route {
  view: View;
  /** Of the request or the job that is shown. */
  id?: string;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** The view that the address names; `#/play` where it names none. */
export const route = computed((): Route => parseRoute(hash.value));

/** The view and the id in a hash; whatever is typed there makes a route. */
export function parseRoute(text: string): Route {
  const [, name = '', id] = /^#\/(\w+)(?:\/(.+))?$/.exec(text) ?? [];
  if (!VIEWS.includes(name as View)) return { view: 'play' };
  return id === undefined ? { view: name as View } : { view: name as View, id: decoded(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Typed by hand: no request has such an id.
    return text;
  }
}

export function hrefOf(view: View, id?: string): string {
  return id === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(id)}`;
}

export function open(view: View, id?: string): void {
  location.hash = hrefOf(view, id);
}
