import { bytes, duration, percent, roughly } from '../format/numbers.js';
import type { LiveModel, ModelStatus as Status } from '../live/live-events.js';
import { serverNow } from '../live/live-store.js';

const SHAPES: Readonly<Record<Status, string>> = {
  ready: 'filled good',
  loading: 'half warn',
  unloading: 'half warn',
  unloaded: 'hollow',
  failed: 'cross bad',
};

/** A model's status, and why: the progress of a load, or the server's reason and when it tries again. */
export function ModelStatus({ model }: { model: LiveModel }) {
  return (
    <div class="model-status">
      <p class="row">
        <span class={`dot ${SHAPES[model.status]}`} aria-hidden="true" /> {model.status}
        {model.policy === 'on_demand' && model.status === 'unloaded' && <span class="muted">· loads when it is asked for</span>}
      </p>
      {model.progress && <Progress progress={model.progress} />}
      {model.error && (
        <p class="reason">
          <code>{model.error.code}</code> {model.error.message}
          {model.error.retry_at !== null && model.error.retry_at > serverNow() && (
            <span class="muted"> Again in {duration(model.error.retry_at - serverNow())}.</span>
          )}
        </p>
      )}
      {model.warnings.map((warning) => (
        <p key={warning} class="reason muted">
          {warning}
        </p>
      ))}
    </div>
  );
}

function Progress({ progress }: { progress: NonNullable<LiveModel['progress']> }) {
  const { phase, done, total, per_s: rate } = progress;
  const share = total ? done / total : null;
  const left = total && rate ? `, ${roughly(((total - done) / rate) * 1000)} left` : '';
  const text = `${phase} ${bytes(done)}${total ? ` of ${bytes(total)}` : ''}${rate ? `, ${bytes(rate)}/s` : ''}${left}`;
  return (
    <>
      <span class="meter-track" role="img" aria-label={share === null ? phase : `${phase}, ${percent(share)}`}>
        <span class="meter-fill" style={{ width: `${(share ?? 0) * 100}%` }} />
      </span>
      <span class="caption">{text}</span>
    </>
  );
}
