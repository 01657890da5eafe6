// Every event of a saga, with its data.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { SagaEvent } from '../api/types';
import { duration, stepName } from '../format';
import { useKeys } from '../keyboard';
import { Clock, Copy, Empty } from '../ui/basics';
import { Icon } from '../ui/icons';
import { JsonView } from '../ui/json';
import { useVirtual } from '../ui/virtual';
import { matchesEvent } from './event_filter';
import { eventText, toneOf } from './event_text';

const ROW = 36;

interface Props {
  events: SagaEvent[];
  at: number | null;
  onSeq: (seq: number) => void;
}

export function EventsView({ events, at, onSeq }: Props) {
  const [text, setText] = useState('');
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const shown = text ? events.filter((event) => matchesEvent(event, text)) : events;
  const virtual = useVirtual({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    getItemKey: (index) => shown[index]?.seq ?? index,
  });
  const start = Date.parse(events[0]?.at ?? '');
  // Only what is unfolded is measured: rows alone are all of one height.
  const fold = (seq: number) => virtual.resizeItem(shown.findIndex((event) => event.seq === seq), ROW);
  const toggle = (seq: number) => {
    const next = new Set(open);
    if (next.delete(seq)) fold(seq);
    else next.add(seq);
    setOpen(next);
  };
  const foldAll = () => {
    setOpen(new Set());
    open.forEach(fold);
  };
  const index = shown.findIndex((event) => event.seq === at);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  }, [at]);
  const move = (to: number) => {
    const event = shown[Math.max(0, Math.min(shown.length - 1, to))];
    if (event) onSeq(event.seq);
  };
  const last = shown.length - 1;
  useKeys({
    j: () => move(index + 1),
    k: () => move(index < 0 ? last : index - 1),
    Enter: () => at !== null && toggle(at),
  });
  return (
    <div class="events-frame">
      <div class="filters">
        <label class="field search">
          <span class="hidden">Filter the events</span>
          <Icon name="search" />
          <input type="search" data-search placeholder="Type, step, worker or data" value={text} spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <span class="muted" role={text ? 'status' : undefined}>
          {text ? `${shown.length} of ${events.length}` : `${events.length} events`}
        </span>
        <button type="button" class="plain" disabled={open.size === 0} onClick={foldAll}>
          Fold all
        </button>
      </div>
      <div class="events" ref={scroller} tabIndex={0} role="table" aria-label="Events" aria-rowcount={shown.length}>
        <div role="presentation" style={{ height: `${virtual.getTotalSize()}px`, position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const event = shown[item.index];
            if (!event) return null;
            const isOpen = open.has(event.seq);
            return (
              <div
                key={event.seq}
                class={`event tone-${toneOf(event.type)} ${event.seq === at ? 'current' : ''} ${at !== null && event.seq > at ? 'later' : ''}`}
                role="row"
                aria-rowindex={item.index + 1}
                data-index={item.index}
                data-seq={event.seq}
                ref={isOpen ? virtual.measureElement : undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <div class="event-line" role="presentation" onClick={() => onSeq(event.seq)}>
                  <span role="cell">
                    <button type="button" class={`icon fold ${isOpen ? 'open' : ''}`} aria-expanded={isOpen} aria-label={`Event ${event.seq}: ${event.type}`} onClick={(click) => (click.stopPropagation(), toggle(event.seq))}>
                      <Icon name="right" />
                    </button>
                  </span>
                  <span role="cell" class="number">
                    {event.seq}
                  </span>
                  <span role="cell" class="number muted" title={event.at}>
                    +{duration(Date.parse(event.at) - start)}
                  </span>
                  <span role="cell" class="event-type">
                    {event.type}
                  </span>
                  <span role="cell" title={event.step}>
                    {event.step ? stepName(event.step) : ''}
                    {event.attempt && event.attempt > 1 ? <small> attempt {event.attempt}</small> : null}
                  </span>
                  <span role="cell" class="event-data">
                    {eventText(event, events)}
                  </span>
                </div>
                {isOpen && <Detail event={event} />}
              </div>
            );
          })}
        </div>
        {shown.length === 0 && <Empty>No event fits.</Empty>}
      </div>
    </div>
  );
}

function Detail({ event }: { event: SagaEvent }) {
  const { seq, at, type, hash, ...rest } = event;
  return (
    <div class="event-detail" role="cell">
      <p class="muted">
        <Clock time={at} ms /> <span title="its hash in the chain">{String(hash ?? '').slice(0, 16)}</span>
        <Copy text={JSON.stringify(event, null, 2)} label={`Copy event ${seq}, ${type}`} />
      </p>
      <JsonView value={rest} />
    </div>
  );
}
