// The rows of the list, of which those in sight alone are in the document. One row has the focus; j, k and the arrows
// move it.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Saga } from '../api/types';
import { errorText, stepName } from '../format';
import { useKeys } from '../keyboard';
import { go, sagaHref, workflowHref } from '../router';
import { Ago, Empty, Loading, Status, Took } from '../ui/basics';
import { useVirtual } from '../ui/virtual';
import type { SagaList } from './list';
import { extend, NOTHING, toggle, type Selection } from './selection';

const ROW = 40;
const HEAD = 36; // the names of the columns, which stay in sight
const AHEAD = 60; // rows before the last one at which the next page is asked for

interface Props {
  list: SagaList;
  selection: Selection;
  onSelect: (selection: Selection) => void;
}

function whereItIs(saga: Saga): string {
  const first = saga.pending[0];
  if (!first) return errorText(saga.error);
  const more = saga.pending.length > 1 ? ` +${saga.pending.length - 1}` : '';
  const attempt = first.attempt > 1 ? `, attempt ${first.attempt}` : '';
  const error = errorText(first.last_error);
  return `${stepName(first.step)}${more}${attempt}${error ? `: ${error}` : ''}`;
}

export function SagaTable({ list, selection, onSelect }: Props) {
  const rows = list.rows.value;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const virtual = useVirtual({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    getItemKey: (index) => rows[index]?.run ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1];

  useEffect(() => {
    const nearTheEnd = rows.length === 0 || (last !== undefined && last.index >= rows.length - AHEAD);
    if (nearTheEnd && !list.error.value) void list.more();
  }, [last?.index, rows.length, list.loading.value, list.error.value]);

  // What comes above the rows in sight pushes them nowhere.
  const top = Math.floor((virtual.scrollOffset ?? 0) / ROW);
  list.anchor = top > 0 ? rows[top] : undefined;
  list.held = selection.runs.size > 0;
  list.onShift = (shift) => {
    if (scroller.current && scroller.current.scrollTop > 0) scroller.current.scrollTop += shift * ROW;
  };

  const at = rows.findIndex((row) => row.run === current);
  const move = (to: number, extending = false) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    setCurrent(row.run);
    virtual.scrollToIndex(rows.indexOf(row), { align: 'auto' });
    scroller.current?.focus({ preventScroll: true });
    if (extending) onSelect(extend(selection.from ? selection : toggle(selection, rows[at]?.run ?? row.run), row.run, rows.map((r) => r.run)));
  };
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1);
  const here = rows[at];
  useKeys({
    j: () => move(at + 1),
    k: () => move(at < 0 ? 0 : at - 1),
    ArrowDown: (event) => move(at + 1, event.shiftKey),
    ArrowUp: (event) => move(at < 0 ? 0 : at - 1, event.shiftKey),
    J: () => move(at + 1, true),
    K: () => move(at - 1, true),
    PageDown: () => move(at + page),
    PageUp: () => move(at - page),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    x: () => here && onSelect(toggle(selection, here.run)),
    ' ': () => here && onSelect(toggle(selection, here.run)),
    Enter: () => here && go(sagaHref(here.id)),
    Escape: () => (selection.runs.size > 0 ? onSelect(NOTHING) : setCurrent(null)),
    '*': () => onSelect({ runs: new Set(rows.map((row) => row.run)), from: null }),
  });

  const choose = (run: string, event: MouseEvent) =>
    onSelect(event.shiftKey ? extend(selection, run, rows.map((row) => row.run)) : toggle(selection, run));
  const all = rows.length > 0 && rows.every((row) => selection.runs.has(row.run));

  return (
    <>
      <div
        class="table"
        ref={scroller}
        tabIndex={0}
        role="grid"
        aria-label="Sagas, newest first"
        aria-rowcount={list.open.value ? -1 : rows.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={here ? `row-${here.run}` : undefined}
        onFocus={() => current === null && rows[0] && setCurrent(rows[0].run)}
      >
        <div class="row head" role="row" aria-rowindex={1}>
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all that are loaded"
              checked={all}
              onChange={() => onSelect(all ? NOTHING : { runs: new Set(rows.map((row) => row.run)), from: null })}
            />
          </span>
          {['Status', 'Id', 'Workflow', 'Where it is', 'Started', 'Took', 'Events'].map((name) => (
            <span key={name} role="columnheader" class={name === 'Events' || name === 'Took' ? 'number' : ''}>
              {name}
            </span>
          ))}
        </div>
        <div class="rows" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <Row
                key={row.run}
                saga={row}
                index={item.index}
                offset={item.start - HEAD}
                current={row.run === current}
                selected={selection.runs.has(row.run)}
                onChoose={choose}
                onCurrent={setCurrent}
              />
            );
          })}
        </div>
        {rows.length === 0 && (list.loading.value ? <Loading /> : !list.error.value && <Empty>No saga fits. {list.filter.id ? 'Ids are found by how they begin.' : ''}</Empty>)}
      </div>
      <p class="table-foot">
        {rows.length.toLocaleString('en')} loaded{list.open.value ? ', more below' : ''}
      </p>
    </>
  );
}

interface RowProps {
  saga: Saga;
  index: number;
  offset: number;
  current: boolean;
  selected: boolean;
  onChoose: (run: string, event: MouseEvent) => void;
  onCurrent: (run: string) => void;
}

function Row({ saga, index, offset, current, selected, onChoose, onCurrent }: RowProps) {
  return (
    <div
      id={`row-${saga.run}`}
      class={`row ${current ? 'current' : ''} ${selected ? 'selected' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ transform: `translateY(${offset}px)` }}
      onClick={() => onCurrent(saga.run)}
      onDblClick={() => go(sagaHref(saga.id))}
    >
      <span role="gridcell">
        <input type="checkbox" tabIndex={-1} aria-label={`Select ${saga.id}`} checked={selected} onClick={(event) => onChoose(saga.run, event)} />
      </span>
      <span role="gridcell">
        <Status status={saga.status} />
      </span>
      <span role="gridcell" class="id">
        <a href={sagaHref(saga.id)} tabIndex={-1}>
          {saga.id}
        </a>
      </span>
      <span role="gridcell">
        <a class="quiet" href={workflowHref(saga.workflow, saga.version)} tabIndex={-1}>
          {saga.workflow}
        </a>
        <small>@{saga.version}</small>
      </span>
      <span role="gridcell" class="where" title={whereItIs(saga)}>
        {whereItIs(saga) && <span>{whereItIs(saga)}</span>}
        {Object.entries(saga.labels).map(([name, value]) => (
          <span key={name} class="label">
            {name}={value}
          </span>
        ))}
      </span>
      <span role="gridcell">
        <Ago time={saga.started_at} />
      </span>
      <span role="gridcell" class="number">
        <Took from={saga.started_at} to={saga.ended_at} />
      </span>
      <span role="gridcell" class="number">
        {saga.events}
      </span>
    </div>
  );
}
