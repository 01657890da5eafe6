// /stuck: what waits for a person, each with what is wrong and what helps first.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { sagaPath } from '../api/client';
import type { Explanation, Saga, Verb } from '../api/types';
import { count, errorText, stepName } from '../format';
import { useKeys } from '../keyboard';
import { go, sagaHref, workflowHref } from '../router';
import { actionOf } from '../saga/command';
import { OrderDialog } from '../saga/order_dialog';
import { NO_FILTER } from '../sagas/filter';
import { SagaList } from '../sagas/list';
import { WORDS } from '../operate';
import { Ago, Copy, Empty, Loading, ProblemBox } from '../ui/basics';
import { useLoad } from '../ui/load';
import { useVirtual } from '../ui/virtual';

const AHEAD = 20; // rows before the last one at which the next page is asked for

interface Job {
  verb: Verb;
  saga: Saga;
  step?: string;
}

export function StuckView() {
  const list = useMemo(() => new SagaList({ ...NO_FILTER, status: ['stuck'] }), []);
  useEffect(() => () => list.dispose(), [list]);
  const rows = list.rows.value;
  const scroller = useRef<HTMLDivElement>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [marked, setMarked] = useState<string | null>(null);
  const place = useRef(0);
  const found = rows.findIndex((row) => row.run === marked);
  // The mark stays on its saga, wherever that comes to stand; where it has gone, the one in its place has it.
  const current = found >= 0 ? found : Math.max(0, Math.min(place.current, rows.length - 1));
  place.current = current;
  const under = rows[current]?.run ?? null;
  useEffect(() => setMarked(under), [under]);
  const virtual = useVirtual({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 112,
    overscan: 4,
    getItemKey: (index) => rows[index]?.run ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD && !list.error.value) void list.more();
  }, [last, rows.length, list.loading.value, list.error.value]);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setMarked(rows[index]?.run ?? null);
    virtual.scrollToIndex(index, { align: 'auto' });
  };
  const order = (verb: Verb) => rows[current] && setJob({ verb, saga: rows[current]! });
  useKeys({
    j: () => move(current + 1),
    k: () => move(current - 1),
    ArrowDown: () => move(current + 1),
    ArrowUp: () => move(current - 1),
    r: () => order('retry'),
    Enter: () => rows[current] && go(sagaHref(rows[current]!.id)),
  });
  return (
    <div class="page fill">
      <header class="page-head">
        <h1>Stuck</h1>
        <p class="muted" role="status">
          {rows.length === 0 ? '' : `${count(rows.length, 'saga')}${list.open.value ? ' and more' : ''} waiting for a person`}
        </p>
      </header>
      {list.error.value ? <ProblemBox error={list.error.value} /> : null}
      <div class="worklist" role="list" ref={scroller} tabIndex={0} aria-label="Stuck sagas">
        <div role="presentation" style={{ height: `${virtual.getTotalSize()}px`, position: 'relative' }}>
          {items.map((item) => {
            const saga = rows[item.index];
            return (
              saga && (
                <div
                  key={saga.run}
                  role="listitem"
                  class={item.index === current ? 'work current' : 'work'}
                  data-index={item.index}
                  ref={virtual.measureElement}
                  style={{ transform: `translateY(${item.start}px)` }}
                  onClick={() => setMarked(saga.run)}
                >
                  <Work saga={saga} onOrder={(verb, step) => setJob({ verb, saga, step })} />
                </div>
              )
            );
          })}
        </div>
        {rows.length === 0 && (list.loading.value ? <Loading /> : !list.error.value && <Empty>Nothing is stuck.</Empty>)}
      </div>
      {job && <OrderDialog verb={job.verb} saga={job.saga} step={job.step} onClose={() => setJob(null)} onDone={() => setJob(null)} />}
    </div>
  );
}

function Work({ saga, onOrder }: { saga: Saga; onOrder: (verb: Verb, step?: string) => void }) {
  const { data, error, reload } = useLoad<Explanation>(`${sagaPath(saga.id)}/explain`);
  // It has moved: what was said of it may hold no more.
  const [events] = useState(saga.events);
  useEffect(() => {
    if (saga.events !== events) reload();
  }, [saga.events]);
  const first = data?.commands[0];
  const action = first ? actionOf(first.command) : null;
  const step = data?.sentences[0]?.step;
  return (
    <article class="work-inner">
      <p class="work-head">
        <a href={sagaHref(saga.id)}>
          <b>{saga.id}</b>
        </a>
        {step && <code>{stepName(step)}</code>}
        <a class="quiet" href={workflowHref(saga.workflow, saga.version)}>
          {saga.workflow}@{saga.version}
        </a>
        <span class="muted">
          started <Ago time={saga.started_at} />
        </span>
        <span class="spread" />
        {(['retry', 'skip', 'resolve'] as const).map((verb) => (
          <button key={verb} type="button" class={`${verb === action?.verb ? 'primary' : ''} ${WORDS[verb].danger ? 'danger' : ''}`} onClick={() => onOrder(verb, verb === action?.verb ? action.step : undefined)}>
            {WORDS[verb].label}…
          </button>
        ))}
      </p>
      <p class="work-why">{data ? data.summary : errorText(saga.pending[0]?.last_error)}</p>
      {error ? <ProblemBox error={error} /> : null}
      {first && (
        <p class="command">
          <code>{first.command}</code>
          <Copy text={first.command} label="Copy the command" />
          <span class="muted">{first.why}</span>
        </p>
      )}
    </article>
  );
}
