import { untracked, useComputed, useSignalEffect } from '@preact/signals';
import { connection } from '../live/connection.js';
import { hello, models, notices, tick } from '../live/live-store.js';
import { type Status, statusOf, type StatusWord } from '../live/status-sentence.js';
import { announceStatus } from './announcer.js';
import { useTicker } from './ticker.js';

const SHAPES: Readonly<Record<StatusWord, string>> = {
  Ready: 'filled good',
  Loading: 'half warn',
  Busy: 'filled warn',
  Full: 'square warn',
  Degraded: 'hollow warn',
  Draining: 'hollow warn',
  Failed: 'cross bad',
  'No connection': 'dashed',
  Connecting: 'dashed',
  'No live data': 'dashed',
};

function currentStatus(): Status {
  return statusOf({
    connection: connection.value,
    hello: hello.value,
    models: models.value,
    tick: tick.value,
    notices: notices.value,
    now: Date.now(),
  });
}

/** The server's status, shown on every view. */
export function StatusLine() {
  useTicker(1000, connection.value.phase === 'lost');
  const word = useComputed(() => currentStatus().word);
  useSignalEffect(() => {
    if (word.value === 'Connecting') return;
    announceStatus(`${word.value}. ${untracked(currentStatus).text}`);
  });
  const { lead, text, link, ...status } = currentStatus();
  return (
    <div class="status-line" data-status={status.word}>
      <span class={`dot ${SHAPES[status.word]}`} aria-hidden="true" />
      <p>
        <strong>{status.word}.</strong> {lead && <span class="wide-only">{lead} </span>}
        {text} {link && <a href={link.href}>{link.text}</a>}
      </p>
    </div>
  );
}
