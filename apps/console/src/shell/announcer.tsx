import { signal } from '@preact/signals';

/** Announcements of a changing status are at least so far apart. */
const STATUS_PAUSE_MS = 10_000;

const message = signal('');
let lastStatusAt = -Infinity;

/** Says something once to those who hear the page; tokens never are. */
export function announce(text: string): void {
  message.value = text;
}

/** The same for a change of the server's status, of which the first in ten seconds is said. */
export function announceStatus(text: string): void {
  const now = performance.now();
  if (now - lastStatusAt < STATUS_PAUSE_MS) return;
  lastStatusAt = now;
  announce(text);
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {message.value}
    </div>
  );
}
