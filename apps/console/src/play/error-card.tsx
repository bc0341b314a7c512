import { useState } from 'preact/hooks';
import type { ApiError } from '../session/api.js';
import { useTicker } from '../shell/ticker.js';
import { retry } from './chat.js';

/** An error in the thread: message, code, and a Retry button where the server allows one. Never retries by itself. */
export function ErrorCard({ error }: { error: ApiError }) {
  const [since] = useState(Date.now);
  const waitMs = since + (error.retryAfterMs ?? 0) - Date.now();
  useTicker(250, waitMs > 0);
  return (
    <div class="error-card">
      <p>
        <strong>{error.message}</strong>
      </p>
      <div class="row">
        <code>{[error.code, error.status || undefined].filter(Boolean).join(' · ')}</code>
        <span class="spacer" />
        {error.isRetryable && (
          <button type="button" disabled={waitMs > 0} onClick={() => void retry()}>
            {waitMs > 0 ? `Retry, again in ${Math.ceil(waitMs / 1000)} s` : 'Retry'}
          </button>
        )}
      </div>
    </div>
  );
}
