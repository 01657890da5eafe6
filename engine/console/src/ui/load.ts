// What a view has asked the engine for.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import { onChange } from '../live';

export interface Loaded<T> {
  data: T | null;
  error: unknown;
  // The path that `data` is of: while another is on its way, the former stays in sight.
  of: string | null;
  reload: () => void;
}

// Asks anew when the path changes, and on reload(). One request at a time: reloads while one is on its way become one
// behind it, so that a burst of changes asks no more often than the engine answers. A null path asks for nothing. What has
// failed is asked for again where the stream says that it has missed something: it does when the engine is back.
export function useLoad<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ data: null, error: null, of: null });
  const run = useRef<{ path: string | null; busy: boolean; again: boolean }>({ path: null, busy: false, again: false });
  const ask = useCallback(async () => {
    const job = run.current;
    if (job.busy) {
      job.again = true;
      return;
    }
    job.busy = true;
    do {
      job.again = false;
      const asked = job.path;
      if (asked === null) break;
      try {
        const data = await get<T>(asked);
        if (run.current.path === asked) setState({ data, error: null, of: asked });
      } catch (error) {
        if (run.current.path === asked) setState((before) => ({ data: before.of === asked ? before.data : null, error, of: asked }));
      }
    } while (job.again);
    job.busy = false;
  }, []);
  useEffect(() => {
    run.current.path = path;
    if (path === null) setState({ data: null, error: null, of: null });
    void ask();
  }, [path]);
  const failed = useRef(false);
  failed.current = state.error !== null;
  useEffect(() => {
    const unlisten = onChange(({ more }) => {
      if (more && failed.current) void ask();
    });
    return () => {
      unlisten();
      run.current.path = null;
    };
  }, []);
  return { ...state, reload: ask };
}

// Asks again where the stream says that it has missed something: for what it never tells of.
export function useReload({ reload }: Loaded<unknown>) {
  useEffect(
    () =>
      onChange(({ more }) => {
        if (more) reload();
      }),
    [],
  );
}
