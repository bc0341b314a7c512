import { signal } from '@preact/signals';

/** Least time between two announcements of the status. */
const STATUS_PAUSE_MS = 10_000;

const message = signal('');
let lastStatusAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Announces a text to screen readers; never used for tokens. */
export function announce(text: string): void {
  message.value = text;
}

/** The same for a change of the server's status: of several in ten seconds, the last one is said. */
export function announceStatus(text: string): void {
  clearTimeout(timer);
  const waitMs = lastStatusAt + STATUS_PAUSE_MS - performance.now();
  timer = setTimeout(
    () => {
      lastStatusAt = performance.now();
      announce(text);
    },
    Math.max(0, waitMs),
  );
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {message.value}
    </div>
  );
}
