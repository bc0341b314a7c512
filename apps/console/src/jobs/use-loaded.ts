import { useSignalEffect } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { jobChanges } from '../live/live-store.js';
import { type ApiError, getJson } from '../session/api.js';
import { Reloader } from './reloader.js';

interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  reload: () => void;
}

interface LoadedState<T> {
  path: string;
  data: T | null;
  error: ApiError | null;
}

/** Least time between two loads. */
const RELOAD_MS = 1000;

/** The response of a route, loaded again after each `job` event of the live stream. */
export function useLoaded<T>(path: string): Loaded<T> {
  const [state, setState] = useState<LoadedState<T>>({ path, data: null, error: null });
  const reloader = useRef<Reloader>(undefined);
  const reload = useCallback(() => reloader.current?.request(), []);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const read = async (): Promise<void> => {
      try {
        setState({ path, data: await getJson<T>(path, signal), error: null });
      } catch (error) {
        if (!signal.aborted) setState({ path, data: null, error: error as ApiError });
      }
    };
    const current = new Reloader(read, RELOAD_MS);
    reloader.current = current;
    current.request();
    return () => {
      current.close();
      controller.abort();
    };
  }, [path]);
  useSignalEffect(() => {
    void jobChanges.value;
    reload();
  });
  const { data, error } = state.path === path ? state : { data: null, error: null };
  return { data, error, reload };
}
