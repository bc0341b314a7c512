import { useEffect, useRef, useState } from 'preact/hooks';
import { jobChanges } from '../live/live-store.js';
import { ApiError, getJson } from '../session/api.js';

interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  reload: () => void;
}

/** Changes of jobs are read so often at most. */
const RELOAD_MS = 1000;

/** What a route has, read again after each change of a job that the stream tells of. */
export function useLoaded<T>(path: string): Loaded<T> {
  const [state, setState] = useState<{ path: string; data: T | null; error: ApiError | null }>({
    path,
    data: null,
    error: null,
  });
  const [wanted, setWanted] = useState(0);
  const lastAt = useRef(-Infinity);
  const change = jobChanges.value;
  useEffect(() => {
    const controller = new AbortController();
    const isNew = state.path !== path || state.data === null;
    const load = async (): Promise<void> => {
      lastAt.current = performance.now();
      try {
        const data = await getJson<T>(path, controller.signal);
        setState({ path, data, error: null });
      } catch (error) {
        if (!controller.signal.aborted) setState({ path, data: null, error: error as ApiError });
      }
    };
    const waitMs = isNew ? 0 : Math.max(0, lastAt.current + RELOAD_MS - performance.now());
    const timer = setTimeout(() => void load(), waitMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [path, change, wanted]);
  const isCurrent = state.path === path;
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent ? state.error : null,
    reload: () => setWanted((n) => n + 1),
  };
}
