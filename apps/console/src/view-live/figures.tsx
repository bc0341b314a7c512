import type { ComponentChildren } from 'preact';
import { compact, count, durationParts, duration, percent } from '../format/numbers.js';
import type { ModelTick } from '../live/live-events.js';
import { hello, history, tick } from '../live/live-store.js';
import { roomOf } from '../live/room.js';
import { Sparkline } from './chart.js';

/** The four figures: how fast for one caller, how fast in all, how full. */
export function Figures() {
  const all = Object.values(tick.value?.models ?? {});
  const first = slowest(all, 'ttft_ms');
  const between = slowest(all, 'itl_ms');
  const lines = history.value;
  return (
    <div class="figures">
      <Figure title="First token" {...durationParts(first?.[0])} detail={<Median p95={first?.[1]} />}>
        <Sparkline points={lines.ttft_ms} tone="prefill" />
      </Figure>
      <Figure title="Between tokens" {...durationParts(between?.[0])} detail={<Median p95={between?.[1]} />}>
        <Sparkline points={lines.itl_ms} tone="decode" />
      </Figure>
      <Figure
        title="Tokens per second"
        value={compact(sum(all, 'out_tps'))}
        unit="out"
        detail={`${compact(sum(all, 'in_tps'))} prompt tokens in`}
      >
        <Sparkline points={lines.out_tps} tone="decode" />
      </Figure>
      <Room models={all} />
    </div>
  );
}

function Room({ models }: { models: ModelTick[] }) {
  const room = roomOf(tick.value);
  const isKnown = tick.value !== null;
  const max = models.reduce((total, model) => total + model.max_batch, 0);
  const shares = models.map(({ kv }) => kv).filter((kv) => kv !== null);
  const kv = shares.length === 0 ? null : Math.max(...shares);
  return (
    <Figure
      title="Room"
      value={isKnown ? count(room.running) : '–'}
      unit={isKnown ? `of ${count(max)} run` : 'run'}
      detail={`${isKnown ? count(room.waiting) : '–'} of ${count(hello.value?.limits.queue_max)} wait`}
    >
      <div class="meter" role="img" aria-label={`Keys and values: ${percent(kv)} of the room is used`}>
        KV
        <span class="meter-track">
          <span class="meter-fill" style={{ width: `${(kv ?? 0) * 100}%` }} />
        </span>
        {percent(kv)}
      </div>
    </Figure>
  );
}

interface FigureProps {
  title: string;
  value: string;
  unit: string;
  detail: ComponentChildren;
  children: ComponentChildren;
}

function Figure({ title, value, unit, detail, children }: FigureProps) {
  return (
    <section class="panel figure" aria-label={title}>
      <h2>{title}</h2>
      <p class="figure-value">
        <b>{value}</b> {unit}
      </p>
      <p class="caption">{detail}</p>
      {children}
    </section>
  );
}

function Median({ p95 }: { p95: number | undefined }) {
  return <>median · p95 {duration(p95)}</>;
}

/** Of several models the slowest: a caller may meet it. */
function slowest(models: ModelTick[], name: 'ttft_ms' | 'itl_ms') {
  return models
    .map((model) => model[name])
    .filter((percentiles) => percentiles !== null)
    .toSorted((a, b) => b[0] - a[0])
    .at(0);
}

function sum(models: ModelTick[], name: 'out_tps' | 'in_tps'): number | null {
  const known = models.map((model) => model[name]).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}
