import { signal } from '@preact/signals';
import { clock, count, duration, NONE } from '../format/numbers.js';
import { isAdmin, jobCounts, serverNow } from '../live/live-store.js';
import { apiUrl } from '../session/api.js';
import { hrefOf, open, route } from '../shell/router.js';
import { Segments } from '../shell/segments.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { DataTable } from '../table/data-table.js';
import { hasEnded, JOB_STATUSES, type Job, type JobFilter, jobMs, type JobPage, listPath } from './job.js';
import { JobDetail } from './job-detail.js';
import { JobStatusText } from './job-status.js';
import { useLoaded } from './use-loaded.js';

const COLUMNS = [
  { name: 'Job' },
  { name: 'Status' },
  { name: 'Model' },
  { name: 'Attempts', kind: 'number' },
  { name: 'Time', kind: 'number' },
  { name: 'Accepted', kind: 'number' },
] as const;

const filter = signal<JobFilter>('all');

export function JobsView() {
  return route.value.id === undefined ? <JobList /> : <JobDetail id={route.value.id} />;
}

function JobList() {
  const { data, error } = useLoaded<JobPage>(listPath(filter.value));
  useTicker(1000, data?.data.some((job) => !hasEnded(job)) ?? false);
  const counts = jobCounts.value;
  return (
    <div class="wide page">
      <Title text="Jobs" />
      {counts && (
        <p class="muted">
          {count(counts.queued)} queued · {count(counts.running)} running · {count(counts.failed)} failed ·{' '}
          {count(counts.deliveries_pending)} {counts.deliveries_pending === 1 ? 'delivery' : 'deliveries'} pending
        </p>
      )}
      <Filters />
      <DataTable
        label="Jobs"
        columns={COLUMNS}
        isLoading={data === null && error === null}
        below={
          <>
            {error && (
              <p class="empty bad" role="alert">
                {error.message} <code>{error.code}</code>
              </p>
            )}
            {data?.data.length === 0 && <NoJobs />}
            {data?.next_cursor && <p class="empty caption">These are the newest; the API has the others.</p>}
          </>
        }
      >
        {data?.data.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </DataTable>
    </div>
  );
}

function Filters() {
  const filters: JobFilter[] = ['all', ...JOB_STATUSES, ...(isAdmin.value ? (['dead letters'] as const) : [])];
  return (
    <Segments
      label="Which jobs"
      name="job-filter"
      options={filters}
      value={filter.value}
      onChange={(name) => (filter.value = name)}
    />
  );
}

function NoJobs() {
  if (filter.value !== 'all') return <p class="empty">None of them is like that.</p>;
  return (
    <div class="empty">
      <p>
        No jobs. <code>POST /v1/jobs</code> makes one.
      </p>
      <pre class="code" tabIndex={0}>{`curl ${apiUrl('/v1/jobs')} -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"prompt":"Once upon a time"}'`}</pre>
    </div>
  );
}

function JobRow({ job }: { job: Job }) {
  return (
    <tr onClick={() => open('jobs', job.id)}>
      <th scope="row">
        <a href={hrefOf('jobs', job.id)}>
          <code>{job.id.slice(0, 14)}</code>
        </a>
      </th>
      <td data-label="Status">
        <JobStatusText status={job.status} />
        {job.error && <span class="bad block">{job.error.code}</span>}
      </td>
      <td data-label="Model">{job.model ?? NONE}</td>
      <td class="number" data-label="Attempts">
        {job.attempts}
      </td>
      <td class="number" data-label="Time">
        {duration(jobMs(job, serverNow()))}
      </td>
      <td class="number" data-label="Accepted">
        {clock(Date.parse(job.created_at))}
      </td>
    </tr>
  );
}
