import type { ModelTick, Tick } from './live-events.js';

/** Requests of all models together. */
export interface Room {
  running: number;
  waiting: number;
  refused: number;
  /** Longest estimate of the models until a new request starts. */
  startInMs: number | null;
}

export function roomOf(tick: Tick | null): Room {
  const all: ModelTick[] = Object.values(tick?.models ?? {});
  const sum = (of: (model: ModelTick) => number): number => all.reduce((total, model) => total + of(model), 0);
  const starts = all.map((model) => model.start_in_ms).filter((ms) => ms !== null);
  return {
    running: sum(({ running }) => running ?? 0),
    waiting: sum(({ waiting }) => waiting ?? 0),
    refused: sum(({ refused }) => refused),
    startInMs: starts.length === 0 ? null : Math.max(...starts),
  };
}
