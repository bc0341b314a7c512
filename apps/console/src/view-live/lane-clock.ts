import { useRef, useState } from 'preact/hooks';
import { connection } from '../live/connection.js';
import { serverNow } from '../live/live-store.js';
import { useTicker } from '../shell/ticker.js';

/** Time as the lanes show it: it stands still while they are paused, or the stream is lost. Draws its component again in a rhythm. */
export function useLaneClock(everyMs: number) {
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const lostAt = useRef<number | null>(null);
  lostAt.current = connection.value.phase === 'lost' ? (lostAt.current ?? serverNow()) : null;
  const stoppedAt = pausedAt ?? lostAt.current;
  useTicker(everyMs, stoppedAt === null);
  return {
    /** On the server's clock. */
    now: stoppedAt ?? serverNow(),
    isMoving: stoppedAt === null,
    isPaused: pausedAt !== null,
    togglePause: () => setPausedAt(pausedAt === null ? serverNow() : null),
  };
}
