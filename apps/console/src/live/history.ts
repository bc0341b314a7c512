import type { Hello, ModelTick, Tick } from './live-events.js';

/** Points of a chart: five minutes, one a second. */
export const POINTS = 300;

/** Values of the last {@link POINTS} seconds, oldest first; null: no sample in that second. */
export type Points = readonly (number | null)[];

/** Names of the series. */
const SERIES = ['running', 'waiting', 'ttft_ms', 'itl_ms', 'out_tps', 'in_tps', 'prefix_hit', 'loop_ms'] as const;
type SeriesName = (typeof SERIES)[number];
export type History = Readonly<Record<SeriesName, Points>>;

export const EMPTY_HISTORY: History = Object.fromEntries(SERIES.map((name) => [name, []])) as never;

/** Series that add up over models; of the others the largest counts: the slowest model is what a caller may meet. */
const SUMS: ReadonlySet<SeriesName> = new Set(['running', 'waiting', 'out_tps', 'in_tps']);

/** The history that a stream begins with. */
export function addHello({ series }: Hello): History {
  const ofName = (name: SeriesName): Points => {
    const byModel = Object.values((series[name] ?? {}) as Record<string, (number | null)[]>);
    const length = Math.max(0, ...byModel.map((points) => points.length));
    return Array.from({ length }, (_, i) => {
      // Series end at the same time: shorter ones began later.
      return combine(
        name,
        byModel.map((points) => points[points.length - length + i] ?? null),
      );
    }).slice(-POINTS);
  };
  return Object.fromEntries(SERIES.map((name) => [name, ofName(name)])) as never;
}

/** The history one second later. */
export function addTick(history: History, { models, server }: Tick): History {
  const all = Object.values(models);
  const valueOf = (name: SeriesName): number | null =>
    name === 'loop_ms'
      ? (server.loop_ms?.[1] ?? null)
      : combine(
          name,
          all.map((model) => ofModel(name, model)),
        );
  return Object.fromEntries(SERIES.map((name) => [name, [...history[name], valueOf(name)].slice(-POINTS)])) as never;
}

function ofModel(name: Exclude<SeriesName, 'loop_ms'>, model: ModelTick): number | null {
  const value = model[name];
  return Array.isArray(value) ? value[0] : value;
}

/** One value of several models. */
function combine(name: SeriesName, values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return SUMS.has(name) ? known.reduce((a, b) => a + b, 0) : Math.max(...known);
}
