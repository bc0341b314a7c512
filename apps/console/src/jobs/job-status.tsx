import type { JobStatus } from './job.js';

const SHAPES: Readonly<Record<JobStatus, string>> = {
  queued: 'hollow',
  running: 'half',
  succeeded: 'filled good',
  failed: 'cross bad',
  cancelled: 'square',
  expired: 'dashed',
};

export function JobStatusText({ status }: { status: JobStatus }) {
  return (
    <span class="row">
      <span class={`dot ${SHAPES[status]}`} aria-hidden="true" /> {status}
    </span>
  );
}
