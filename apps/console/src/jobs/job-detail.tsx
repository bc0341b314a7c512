import { useEffect, useState } from 'preact/hooks';
import { bytes, clock, duration, NONE } from '../format/numbers.js';
import { isAdmin, serverNow } from '../live/live-store.js';
import { messageOf, postJson } from '../session/api.js';
import { hrefOf, open } from '../shell/router.js';
import { setViewKeys } from '../shell/shortcuts.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { DataTable } from '../table/data-table.js';
import { type Delivery, hasEnded, type Job, jobMs } from './job.js';
import { JobStatusText } from './job-status.js';
import { JobTime } from './job-time.js';
import { useLoaded } from './use-loaded.js';

export function JobDetail({ id }: { id: string }) {
  const path = `/v1/jobs/${encodeURIComponent(id)}`;
  const job = useLoaded<Job>(path);
  useTicker(1000, job.data !== null && !hasEnded(job.data));
  const deliveries = useLoaded<{ data: Delivery[] }>(`${path}/deliveries`);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => setViewKeys({ Escape: () => open('jobs') }), []);
  const act = async (route: string): Promise<void> => {
    setError(null);
    try {
      await postJson(route);
    } catch (problem) {
      setError(messageOf(problem));
    }
    job.reload();
    deliveries.reload();
  };
  return (
    <div class="wide page">
      <p class="caption trail">
        <a href={hrefOf('jobs')}>Jobs</a> / <code>{id}</code>
      </p>
      <Title text="Job" detail={job.data?.status} />
      {(job.error ?? error) && (
        <p class="bad" role="alert">
          {error ?? job.error!.message}
        </p>
      )}
      {job.data && (
        <>
          <Facts job={job.data} />
          <section class="panel" aria-label="Time">
            <JobTime job={job.data} />
          </section>
          {job.data.output !== undefined && <div class="panel text">{job.data.output}</div>}
          <div class="row">
            {!hasEnded(job.data) && (
              <button type="button" onClick={() => void act(`${path}/cancel`)}>
                Cancel
              </button>
            )}
            {isAdmin.value && job.data.status === 'failed' && (
              <button type="button" onClick={() => void act(`/admin/jobs/${encodeURIComponent(id)}/requeue`)}>
                Requeue
              </button>
            )}
          </div>
          <Deliveries
            all={deliveries.data?.data ?? null}
            hasCallback={job.data.callback_url !== undefined}
            onReplay={(number) => void act(`${path}/deliveries/${number}/replay`)}
          />
        </>
      )}
    </div>
  );
}

function Facts({ job }: { job: Job }) {
  const facts = [
    ['Status', <JobStatusText key="status" status={job.status} />],
    ['Time', duration(jobMs(job, serverNow()))],
    ['Attempts', job.attempts],
    ['Model', job.model ?? NONE],
    ['Priority', job.priority],
    ['Tokens', job.usage?.total_tokens ?? NONE],
    ['Response', job.response_bytes === undefined ? NONE : bytes(job.response_bytes)],
    ['Callback', job.callback_url ?? NONE],
    ['Error', job.error ? `${job.error.code}: ${job.error.message}` : NONE],
  ] as const;
  return (
    <dl class="panel facts-list">
      {facts
        .filter(([, value]) => value !== NONE)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

const DELIVERY_COLUMNS = [
  { name: 'Delivery' },
  { name: 'Status' },
  { name: 'Attempts' },
  { name: 'Next', kind: 'number' },
  { name: 'Actions', kind: 'unseen' },
] as const;

interface DeliveriesProps {
  all: Delivery[] | null;
  hasCallback: boolean;
  onReplay: (number: number) => void;
}

function Deliveries({ all, hasCallback, onReplay }: DeliveriesProps) {
  if (!hasCallback) return null;
  return (
    <DataTable
      label="Deliveries"
      columns={DELIVERY_COLUMNS}
      isLoading={all === null}
      skeletonRows={2}
      below={all?.length === 0 && <p class="empty">None yet: a message is due when the job has ended.</p>}
    >
      {all?.map((delivery) => (
        <tr key={delivery.number}>
          <th scope="row">{delivery.number}</th>
          <td data-label="Status">{delivery.status}</td>
          <td data-label="Attempts">
            {delivery.attempts.map(({ at, duration_ms: ms, status_code: code, error }) => (
              <span key={at} class="block">
                {clock(Date.parse(at))} ·{' '}
                <b class={code !== undefined && code < 300 ? '' : 'bad'}>{code ?? error ?? 'no answer'}</b> ·{' '}
                {duration(ms)}
              </span>
            ))}
          </td>
          <td class="number" data-label="Next">
            {delivery.next_at === undefined ? NONE : clock(Date.parse(delivery.next_at))}
          </td>
          <td class="number">
            {delivery.status !== 'pending' && (
              <button type="button" class="small" onClick={() => onReplay(delivery.number)}>
                Replay
              </button>
            )}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
