import { signal } from '@preact/signals';

/** Announcements of a changing status are at least so far apart. */
const STATUS_PAUSE_MS = 10_000;

const message = signal('');
let lastStatusAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something once to those who hear the page; tokens never are. */
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
