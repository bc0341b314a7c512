import { duration } from '../format/numbers.js';
import { BarShapes } from '../life-bar/bar.js';
import type { Shape } from '../life-bar/bar-shapes.js';
import { serverNow } from '../live/live-store.js';
import { useWidth } from '../shell/use-width.js';
import { hasEnded, type Job, jobMs } from './job.js';

/** A job's life: its wait, and the last attempt. Attempts before that are counted; the API has no times of them. */
export function JobTime({ job }: { job: Job }) {
  const [ref, width] = useWidth();
  const totalMs = Math.max(1, jobMs(job, serverNow()));
  const startMs = job.started_at === undefined ? totalMs : Date.parse(job.started_at) - Date.parse(job.created_at);
  const waitMs = Math.min(startMs, totalMs);
  const x = (ms: number): number => (ms / totalMs) * Math.max(0, width - 8);
  const shapes: Shape[] = [];
  if (waitMs > 0) {
    shapes.push({
      kind: 'part',
      phase: 'queue',
      x: 0,
      width: Math.max(3, x(waitMs) - 2),
      roundLeft: true,
      roundRight: false,
    });
  }
  if (job.started_at !== undefined) {
    const isGood = job.status === 'succeeded';
    const from = Math.max(x(waitMs), waitMs > 0 ? 5 : 0);
    shapes.push({
      kind: 'part',
      phase: 'tokens',
      x: from,
      width: Math.max(3, x(totalMs) - from),
      roundLeft: waitMs === 0,
      roundRight: isGood,
    });
  }
  if (job.status === 'failed' || job.status === 'expired') shapes.push({ kind: 'cap', tone: 'bad', x: x(totalMs) + 2 });
  if (job.status === 'cancelled') shapes.push({ kind: 'cap', tone: 'left', x: x(totalMs) + 2 });
  const runs = totalMs - waitMs;
  const text = `waited ${duration(waitMs)}${job.started_at === undefined ? '' : `, last attempt ${duration(runs)}`}`;
  return (
    <>
      <div class="bar" ref={ref} role="img" aria-label={`Job ${job.id}, ${job.status}: ${text}`}>
        {width > 0 && (
          <svg width={width} height={28} aria-hidden="true">
            <BarShapes shapes={shapes} height={28} />
          </svg>
        )}
      </div>
      <p class="caption">
        {text}
        {job.attempts > 1 ? `; ${job.attempts - 1} before that` : ''}
        {hasEnded(job) ? '' : '; not ended'}
      </p>
    </>
  );
}
