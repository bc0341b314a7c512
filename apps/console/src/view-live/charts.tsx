import { count, duration, NONE, percent } from '../format/numbers.js';
import { history, tick } from '../live/live-store.js';
import { roomOf } from '../live/room.js';
import { Chart } from './chart.js';

/** Delays of the server's event loop above this are felt. */
const LOOP_LIMIT_MS = 50;

export function Charts() {
  const { running, waiting, prefix_hit: hits, loop_ms: loop } = history.value;
  const room = roomOf(tick.value);
  const { hit = 0, miss = 0, coalesced = 0 } = tick.value?.cache ?? {};
  const answers = hit + miss + coalesced;
  return (
    <div class="charts">
      <Chart
        title="Waiting and running"
        least={2}
        format={count}
        series={[
          { name: 'waiting', points: waiting, tone: 'queue', isArea: true },
          { name: 'running', points: running, tone: 'plain', isArea: false },
        ]}
      >
        {tick.value ? `${count(room.waiting)} waiting (area) · ${count(room.running)} running (line)` : NONE} · 5 min
      </Chart>
      <Chart
        title="Prompt tokens from cache"
        least={1}
        format={(share) => percent(share)}
        series={[{ name: 'share', points: hits, tone: 'cached', isArea: true }]}
      >
        {percent(hits.at(-1))} of prompt tokens · whole answers{' '}
        {answers > 0 ? `${count(hit)} hits of ${count(answers)}` : NONE}
      </Chart>
      <Chart
        title="Server loop delay, p99"
        least={10}
        limit={LOOP_LIMIT_MS}
        format={duration}
        series={[{ name: 'delay', points: loop, tone: 'plain', isArea: false }]}
      >
        {duration(loop.at(-1))} · limit {LOOP_LIMIT_MS} ms
      </Chart>
    </div>
  );
}
