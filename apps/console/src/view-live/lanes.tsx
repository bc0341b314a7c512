import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LiveRequest } from '../live/live-events.js';
import { models, more, requests } from '../live/live-store.js';
import { open } from '../shell/router.js';
import { moveFocus } from '../table/row-keys.js';
import { setViewKeys } from '../shell/shortcuts.js';
import { copyFocusedRecord } from '../requests/copy-record.js';
import { Axis, LaneBars } from './lane-bars.js';
import { useLaneClock } from './lane-clock.js';
import { LaneRow } from './lane-row.js';
import { heldRows, MAX_ROWS, rowsOf } from './lane-rows.js';
import { Legend } from './legend.js';
import { useNarrow } from '../shell/narrow.js';
import { useWidth } from '../shell/use-width.js';

/** Least time between two redraws of the lanes; between them, one transform moves them. */
const REDRAW_MS = 250;
const WIDE_WINDOW_MS = 30_000;
const NARROW_WINDOW_MS = 12_000;

/** Requests side by side in time, newest on top. */
export function Lanes() {
  const isNarrow = useNarrow();
  const windowMs = isNarrow ? NARROW_WINDOW_MS : WIDE_WINDOW_MS;
  const model = useSignal('');
  const { now, isMoving, isPaused, togglePause } = useLaneClock(REDRAW_MS);
  const [ref, width] = useWidth();
  const held = useRef<LiveRequest[] | null>(null);
  const shown = useRef<LiveRequest[]>([]);
  // Without a subscription: the clock says when they are drawn.
  const all = requests.peek();
  if (!isPaused) {
    shown.current = held.current ? heldRows(held.current, all) : rowsOf(all, now, windowMs, model.value);
  }
  const rows = shown.current;
  const hold = (isHeld: boolean): void => {
    held.current = isHeld ? rows : null;
  };
  useEffect(() => setViewKeys({ ' ': togglePause, c: copyFocusedRecord }), [isPaused]);
  const { waiting, running } = more.peek();
  const others = Math.max(0, waiting + running + countOpen(all) - countOpen(rows));
  return (
    <section class="panel lanes" aria-label={`Requests, last ${windowMs / 1000} s`}>
      <div class="lanes-head">
        <h2>Requests, last {windowMs / 1000} s</h2>
        <Legend />
        <span class="spacer" />
        <ModelFilter value={model.value} onChange={(value) => (model.value = value)} />
        <button type="button" aria-pressed={isPaused} onClick={togglePause}>
          {isPaused ? 'Go on' : 'Pause'} <kbd>Space</kbd>
        </button>
      </div>
      <div
        class="lanes-body"
        onPointerEnter={() => hold(true)}
        onPointerLeave={({ currentTarget }) => hold(currentTarget.contains(document.activeElement))}
        onFocusIn={() => hold(true)}
        onFocusOut={() => hold(false)}
      >
        <div class="lane-track" ref={ref} aria-hidden="true">
          {width > 0 && (
            <LaneBars rows={rows} now={now} width={width} windowMs={windowMs} isMoving={isMoving} isNarrow={isNarrow} />
          )}
        </div>
        {rows.length === 0 ? (
          <p class="lanes-empty">
            Nothing in the last {windowMs / 1000} s. Send something in <a href="#/play">Play</a>.
          </p>
        ) : (
          <table>
            <caption class="visually-hidden">Requests of the last {windowMs / 1000} seconds, newest first</caption>
            <colgroup>
              <col class="lane-name-column" />
              <col />
              <col class="lane-facts-column" />
            </colgroup>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">Request</th>
                <th scope="col">Life</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody onKeyDown={moveFocus}>
              {rows.map((request) => (
                <LaneRow
                  key={request.id}
                  request={request}
                  now={now}
                  timeAt={(x) => now - windowMs * (1 - x / width)}
                  onOpen={() => open('requests', request.id)}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {others > 0 && rows.length > 0 && (
        <p class="lanes-more caption">
          + {others} more, of which {waiting} wait
          {rows.length >= MAX_ROWS ? '' : ' (the newest are shown)'}
        </p>
      )}
      <Axis windowMs={windowMs} />
    </section>
  );
}

function ModelFilter({ value, onChange }: { value: string; onChange: (model: string) => void }) {
  if (models.value.length < 2) return null;
  return (
    <select
      aria-label="Model"
      class="plain-select"
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">all models</option>
      {models.value.map(({ id }) => (
        <option key={id}>{id}</option>
      ))}
    </select>
  );
}

const countOpen = (all: readonly LiveRequest[]): number => all.filter(({ end }) => end == null).length;
