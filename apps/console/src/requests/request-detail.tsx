import { useEffect } from 'preact/hooks';
import { count, duration, NONE } from '../format/numbers.js';
import { Bar } from '../life-bar/bar.js';
import { type Life, lifeOf } from '../life-bar/life.js';
import { shortId } from '../life-bar/life-sentence.js';
import { Swatch } from '../life-bar/swatch.js';
import type { LiveRequest } from '../live/live-events.js';
import { hello, MAX_ENDED, requests, serverNow } from '../live/live-store.js';
import { hrefOf, open } from '../shell/router.js';
import { setViewKeys } from '../shell/shortcuts.js';
import { useNarrow } from '../shell/narrow.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { DataTable } from '../table/data-table.js';
import { barMarks } from './bar-marks.js';
import { copyRecord } from './copy-record.js';
import { phaseRows } from './phase-rows.js';
import { TokenBar } from './token-bar.js';

export function RequestDetail({ id }: { id: string }) {
  const request = requests.value.find((one) => one.id === id);
  useTicker(250, request !== undefined && request.end == null);
  useEffect(() => setViewKeys({ c: () => void copyRecord(id), Escape: () => open('requests') }), [id]);
  const trail = (
    <p class="caption trail">
      <a href={hrefOf('requests')}>Requests</a> / <code>{shortId(id)}</code>
    </p>
  );
  if (!request) {
    return (
      <div class="wide page">
        {trail}
        <Title text="Request" />
        <p class="empty">{hello.value === null ? 'Loading' : `This request is no longer kept (${MAX_ENDED} are).`}</p>
      </div>
    );
  }
  const life = lifeOf(request, serverNow());
  return (
    <div class="wide page request-detail">
      {trail}
      <Heading request={request} life={life} />
      <section class="panel" aria-label="Time">
        <Bar request={request} now={serverNow()} height={28}>
          <Marks life={life} />
        </Bar>
        <TokenBar request={request} />
      </section>
      <PhaseTable request={request} life={life} />
      <div class="row">
        <button type="button" onClick={() => void copyRecord(id)}>
          Copy the record <kbd>c</kbd>
        </button>
        <code class="faint">{request.id}</code>
      </div>
    </div>
  );
}

function Heading({ request, life }: { request: LiveRequest; life: Life }) {
  const facts = [
    request.model,
    request.op,
    endText(request, life),
    request.client && `key ${request.client}`,
    request.priority && `priority ${request.priority}`,
  ];
  return (
    <div class="detail-heading">
      <Title text={duration(life.durationMs)} detail={`request ${shortId(request.id)}`} />
      <p>{facts.filter(Boolean).join(' · ')}</p>
      {life.shared === 'coalesced' && request.leader && (
        <p>
          It shares the answer of <a href={hrefOf('requests', request.leader)}>request {shortId(request.leader)}</a>.
        </p>
      )}
    </div>
  );
}

function endText({ end }: LiveRequest, { end: how, shared }: Life): string {
  if (!end) return 'still running';
  if (how === 'left') return 'the caller left';
  if (how === 'refused' || how === 'error')
    return `${how === 'refused' ? 'refused' : 'failed'}: ${end.error ?? 'error'} ${end.status}`;
  if (shared) return shared === 'hit' ? 'whole answer from the cache' : 'shared answer';
  return end.reason ? `ended: ${end.reason}` : 'done';
}

function Marks({ life }: { life: Life }) {
  return (
    <div class="marks" aria-hidden="true">
      {barMarks(life, useNarrow() ? 0.19 : 0.06).map(({ at, text, isFirstToken, side }) => (
        <span key={at} class={`${isFirstToken ? 'bold' : ''} ${side}`} style={{ left: `${at * 100}%` }}>
          {text}
        </span>
      ))}
    </div>
  );
}

const PHASE_COLUMNS = [
  { name: 'Pattern', kind: 'unseen' },
  { name: 'Phase' },
  { name: 'From', kind: 'number' },
  { name: 'Time', kind: 'number' },
  { name: 'Tokens', kind: 'number' },
  { name: 'Rate', kind: 'number' },
  { name: 'Why' },
] as const;

function PhaseTable({ request, life }: { request: LiveRequest; life: Life }) {
  return (
    <DataTable label="Phases" columns={PHASE_COLUMNS} look="phases">
      {phaseRows(request, life).map(({ phase, fromMs, ms, tokens, rate, why }, i) => (
        <tr key={i} data-ms={ms}>
          <td>
            <Swatch phase={phase} />
          </td>
          <th scope="row">{phase}</th>
          <td class="number" data-label="From">
            {(fromMs / 1000).toFixed(2)} s
          </td>
          <td class="number" data-label="Time">
            {duration(ms)}
          </td>
          <td class={`number ${tokens === null ? 'none' : ''}`} data-label="Tokens">
            {tokens ?? NONE}
          </td>
          <td class={`number ${rate === null ? 'none' : ''}`} data-label="Rate">
            {rate === null ? NONE : `${count(rate)}/s`}
          </td>
          <td class={why === '' ? 'none' : undefined} data-label="Why">
            {why}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
