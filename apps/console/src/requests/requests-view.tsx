import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clock, duration, NONE } from '../format/numbers.js';
import { Bar } from '../life-bar/bar.js';
import { firstTokenMs, type Life, lifeOf } from '../life-bar/life.js';
import { factsOf, shortId } from '../life-bar/life-sentence.js';
import type { LiveRequest } from '../live/live-events.js';
import { hello, requests } from '../live/live-store.js';
import { apiUrl } from '../session/api.js';
import { hrefOf, open, route } from '../shell/router.js';
import { Segments } from '../shell/segments.js';
import { setViewKeys } from '../shell/shortcuts.js';
import { Title } from '../shell/title.js';
import { DataTable } from '../table/data-table.js';
import { copyFocusedRecord } from './copy-record.js';
import { filterRequests, KINDS, type RequestFilter } from './request-filter.js';
import { RequestDetail } from './request-detail.js';

const COLUMNS = [
  { name: 'Request' },
  { name: 'Model' },
  { name: 'Life' },
  { name: 'Time', kind: 'number' },
  { name: 'First token', kind: 'number' },
  { name: 'Result', kind: 'number' },
  { name: 'Key' },
  { name: 'Received', kind: 'number' },
] as const;

const filter = signal<RequestFilter>({ kind: 'all', model: '', client: '', text: '' });
const change = (values: Partial<RequestFilter>): void => void (filter.value = { ...filter.value, ...values });

export function RequestsView() {
  return route.value.id === undefined ? <RequestList /> : <RequestDetail id={route.value.id} />;
}

function RequestList() {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => setViewKeys({ '/': () => search.current?.focus(), c: copyFocusedRecord }), []);
  const shown = filterRequests(requests.value, filter.value);
  const isEmpty = requests.value.every(({ end }) => end == null);
  return (
    <div class="wide page">
      <Title text="Requests" />
      <Filters search={search} />
      <DataTable
        label="Ended requests"
        columns={COLUMNS}
        isLoading={hello.value === null}
        below={
          hello.value !== null &&
          shown.length === 0 &&
          (isEmpty ? <NoRequests /> : <p class="empty">None of them is like that.</p>)
        }
      >
        {shown.map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </DataTable>
    </div>
  );
}

function NoRequests() {
  return (
    <div class="empty">
      <p>No request yet.</p>
      <pre class="code" tabIndex={0}>{`curl ${apiUrl('/v1/chat/completions')} -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"messages":[{"role":"user","content":"Tell me a story."}]}'`}</pre>
    </div>
  );
}

function RequestRow({ request }: { request: LiveRequest }) {
  const life = lifeOf(request, 0);
  const isBad = life.end === 'error' || life.end === 'refused';
  return (
    <tr data-request={request.id} onClick={() => open('requests', request.id)}>
      <th scope="row">
        <a href={hrefOf('requests', request.id)}>
          <code>{shortId(request.id)}</code> <span class="muted">{request.op}</span>
        </a>
      </th>
      <td data-label="Model">{request.model ?? NONE}</td>
      <td class="life-cell">
        <Bar request={request} now={0} />
      </td>
      <td class="number" data-label="Time">
        {duration(life.durationMs)}
      </td>
      <td class="number" data-label="First token">
        {duration(firstTokenMs(life))}
      </td>
      <td class={`number ${isBad ? 'bad' : ''}`} data-label="Result">
        {resultOf(request, life)}
      </td>
      <td data-label="Key">{request.client ?? NONE}</td>
      <td class="number" data-label="Received">
        {clock(request.at)}
      </td>
    </tr>
  );
}

function resultOf(request: LiveRequest, life: Life): string {
  const { end, shared } = life;
  if (request.generated === 0 && end === 'good') return request.end?.reason ?? 'done';
  const facts = factsOf(request, life).map(({ text }) => text);
  // The time has a column of its own.
  return end === 'good' && !shared ? `${facts[0]} tok` : facts.join('');
}

function Filters({ search }: { search: { current: HTMLInputElement | null } }) {
  const all = requests.value.filter(({ end }) => end != null);
  const options = (of: (request: LiveRequest) => string | null | undefined): string[] =>
    [...new Set(all.map(of).filter((value) => typeof value === 'string'))].toSorted();
  const [models, clients] = [options(({ model }) => model), options(({ client }) => client)];
  const { kind, model, client, text } = filter.value;
  return (
    <div class="filters">
      <Segments
        label="Which requests"
        name="kind"
        options={KINDS}
        value={kind}
        onChange={(name) => change({ kind: name })}
      />
      <span class="spacer" />
      <Choice label="all models" value={model} options={models} onChange={(value) => change({ model: value })} />
      <Choice label="all keys" value={client} options={clients} onChange={(value) => change({ client: value })} />
      <input
        ref={search}
        type="search"
        aria-label="Filter"
        placeholder="Filter  /"
        value={text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: string[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  if (options.length < 2) return null;
  return (
    <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}
