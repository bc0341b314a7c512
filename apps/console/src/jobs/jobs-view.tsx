import { signal } from '@preact/signals';
import { clock, count, duration, NONE } from '../format/numbers.js';
import { isAdmin, jobCounts, serverNow } from '../live/live-store.js';
import { apiUrl } from '../session/api.js';
import { hrefOf, open, route } from '../shell/router.js';
import { moveFocus } from '../shell/row-keys.js';
import { SkeletonRows } from '../shell/skeleton-rows.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { hasEnded, JOB_STATUSES, type Job, type JobFilter, jobMs, type JobPage, listPath } from './job.js';
import { JobDetail } from './job-detail.js';
import { JobStatusText } from './job-status.js';
import { useLoaded } from './use-loaded.js';

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
      <section class="panel table-panel" aria-label="Jobs">
        <table class="data" aria-busy={data === null && error === null}>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">Status</th>
              <th scope="col">Model</th>
              <th scope="col" class="number">
                Attempts
              </th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col" class="number">
                Accepted
              </th>
            </tr>
          </thead>
          <tbody onKeyDown={moveFocus}>
            {data === null && error === null && <SkeletonRows columns={6} />}
            {data?.data.map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
          </tbody>
        </table>
        {error && (
          <p class="empty bad" role="alert">
            {error.message} <code>{error.code}</code>
          </p>
        )}
        {data?.data.length === 0 && <NoJobs />}
        {data?.next_cursor && <p class="empty caption">These are the newest; the API has the others.</p>}
      </section>
    </div>
  );
}

function Filters() {
  const filters: JobFilter[] = ['all', ...JOB_STATUSES, ...(isAdmin.value ? (['dead letters'] as const) : [])];
  return (
    <fieldset class="modes filters">
      <legend class="visually-hidden">Which jobs</legend>
      {filters.map((name) => (
        <label key={name} class="segment">
          <input
            type="radio"
            name="job-filter"
            checked={filter.value === name}
            onChange={() => (filter.value = name)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
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
