// All that is known of one saga, kept up to date by what the stream tells of it.

import { useEffect, useState } from 'preact/hooks';
import { get, sagaPath } from '../api/client';
import { hasEnded, type Explanation, type SagaEvent, type SagaState, type ShownSaga, type Trace } from '../api/types';
import { onChange, overview } from '../live';
import { useLoad, type Loaded } from '../ui/load';

const EXPLAIN_MS = 5_000;

export interface SagaData {
  saga: Loaded<ShownSaga>;
  explanation: Loaded<Explanation>;
  state: Loaded<SagaState>;
  trace: Loaded<Trace>;
  events: SagaEvent[];
  eventsError: unknown;
  reload: () => void;
}

interface EventPage {
  items: SagaEvent[];
  next_from: number | null;
}

// Events never change: only those behind the last one are asked for.
class EventLog {
  events: SagaEvent[] = [];
  private busy = false;
  private again = false;

  constructor(
    private readonly id: string,
    private readonly changed: (events: SagaEvent[], error: unknown) => void,
  ) {}

  async load() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    while (this.again) {
      this.again = false;
      try {
        const page = await get<EventPage>(`${sagaPath(this.id)}/history?from=${this.events.length + 1}`);
        if (page.items.length > 0) this.events = [...this.events, ...page.items];
        this.again ||= page.next_from !== null;
        this.changed(this.events, null);
      } catch (error) {
        this.changed(this.events, error);
      }
    }
    this.busy = false;
  }
}

// `at`: the event whose moment is looked at; null: now.
export function useSaga(id: string, at: number | null, withTrace: boolean): SagaData {
  const path = sagaPath(id);
  const saga = useLoad<ShownSaga>(path);
  const explanation = useLoad<Explanation>(`${path}/explain`);
  const trace = useLoad<Trace>(withTrace ? `${path}/trace` : null);
  const state = useLoad<SagaState>(at === null ? `${path}/state` : `${path}/state?at=${at}`);
  const [log, setLog] = useState<{ events: SagaEvent[]; error: unknown }>({ events: [], error: null });
  const [reload, setReload] = useState<() => void>(() => () => {});
  const known = saga.data?.run;
  const isOpen = saga.data !== null && !hasEnded(saga.data.status);

  useEffect(() => {
    let shown = true;
    const events = new EventLog(id, (all, error) => shown && setLog({ events: all, error }));
    setLog({ events: [], error: null });
    void events.load();
    setReload(() => () => void events.load());
    return () => {
      shown = false;
    };
  }, [id]);

  const reloadAll = () => {
    reload();
    saga.reload();
    explanation.reload();
    if (withTrace) trace.reload();
    if (at === null) state.reload();
  };
  useEffect(
    () =>
      onChange(({ items, gone, more }) => {
        const isGone = known !== undefined && gone?.includes(known);
        if (more || isGone || items.some((item) => item.run === known || item.id === id)) reloadAll();
      }),
    [id, known, at, withTrace, reload],
  );
  // What is explained changes without an event of the saga's as well: a worker comes, a breaker opens, time goes by.
  const heard = Math.floor(Date.parse(overview.value?.at ?? '') / EXPLAIN_MS);
  useEffect(() => {
    if (isOpen) explanation.reload();
  }, [heard]);
  return { saga, explanation, state, trace, events: log.events, eventsError: log.error, reload: reloadAll };
}
