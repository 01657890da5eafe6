// A saga's time: its steps, their attempts, what they waited for, and what was undone.

import { useRef, useState } from 'preact/hooks';
import type { Span, Trace } from '../api/types';
import { now } from '../clock';
import { duration, errorText } from '../format';
import { Icon } from '../ui/icons';
import { useVirtual } from '../ui/virtual';
import { ticks, timelineOf, type Bar } from './spans';

const ROW = 30;
const HEAD = 32;
const ZOOMS = [1, 2, 4, 8, 16, 32];

interface Props {
  trace: Trace;
  // The moment that is looked at; absent: now.
  at?: string;
  onSeq: (seq: number) => void;
}

const KINDS: Partial<Record<Span['kind'], string>> = {
  undo: 'undo ',
  undo_attempt: 'undo, attempt ',
  wait: 'wait ',
  timer: 'timer ',
  event: 'event ',
};

function nameOf(span: Span): string {
  if (span.kind === 'attempt') return `attempt ${span.attempt ?? ''}`;
  if (span.kind === 'undo_attempt') return `attempt ${span.attempt ?? ''} of the undo`;
  const visit = span.visit && span.visit > 1 ? ` #${span.visit}` : '';
  return `${KINDS[span.kind] ?? ''}${span.name}${visit}`;
}

export function TimelineView({ trace, at, onSeq }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [zoom, setZoom] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const timeline = timelineOf(trace, trace.ended_at ? 0 : now.value, folded);
  const whole = timeline.end - timeline.start;
  const virtual = useVirtual({
    count: timeline.bars.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: HEAD,
  });
  const fold = (key: string) => {
    const next = new Set(folded);
    if (!next.delete(key)) next.add(key);
    setFolded(next);
  };
  const factor = ZOOMS[zoom]!;
  const cursor = at ? Math.min(1, Math.max(0, (Date.parse(at) - timeline.start) / Math.max(1, whole))) : null;
  return (
    <div class="timeline-frame">
      <div class="graph-tools" role="group" aria-label="Scale of the timeline">
        <button type="button" class="icon" aria-label="Show more time" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
          −
        </button>
        <button type="button" class="icon" aria-label="Show more detail" disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
          +
        </button>
      </div>
      <div class="timeline" ref={scroller} tabIndex={0} role="treegrid" aria-label="Timeline" aria-rowcount={timeline.bars.length}>
        <div class="timeline-inner" style={{ '--zoom': factor }}>
          <div class="span-row ruler" role="row">
            <span class="span-name" role="columnheader">
              Step
            </span>
            <span class="span-took" role="columnheader">
              Took
            </span>
            <span class="track" role="columnheader" aria-label="Time since the start">
              {ticks(whole, 7 * factor).map((ms) => (
                <span key={ms} class="tick" style={{ left: `${(ms / Math.max(1, whole)) * 100}%` }}>
                  {duration(ms)}
                </span>
              ))}
            </span>
          </div>
          <div role="presentation" style={{ height: `${virtual.getTotalSize()}px`, position: 'relative' }}>
            {cursor !== null && (
              <div class="cursor-track" aria-hidden="true">
                <div class="cursor" style={{ left: `${cursor * 100}%` }} />
              </div>
            )}
            {virtual.getVirtualItems().map((item) => {
              const bar = timeline.bars[item.index];
              return bar && <Row key={bar.key} bar={bar} top={item.start - HEAD} folded={folded.has(bar.key)} onFold={fold} onSeq={onSeq} />;
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function Row({ bar, top, folded, onFold, onSeq }: { bar: Bar; top: number; folded: boolean; onFold: (key: string) => void; onSeq: (seq: number) => void }) {
  const { span } = bar;
  const attempt = bar.hasChildren ? undefined : span.children[0];
  const error = errorText(span.error ?? attempt?.error);
  const worker = span.worker ?? attempt?.worker;
  const tell = [nameOf(span), span.task, span.outcome, duration(bar.ms), worker && `by ${worker}`, error].filter(Boolean).join(' · ');
  return (
    <div class={`span-row kind-${span.kind}`} role="row" aria-level={bar.depth + 1} aria-expanded={bar.hasChildren ? !folded : undefined} style={{ transform: `translateY(${top}px)` }}>
      <span class="span-name" role="rowheader" style={{ paddingLeft: `${8 + Math.min(bar.depth, 12) * 14}px` }}>
        {bar.hasChildren ? (
          <button type="button" class={`icon fold ${folded ? '' : 'open'}`} aria-label={`${folded ? 'Unfold' : 'Fold'} ${nameOf(span)}`} onClick={() => onFold(bar.key)}>
            <Icon name="right" />
          </button>
        ) : (
          <span class="fold" />
        )}
        <button type="button" class="plain" title={tell} onClick={() => onSeq(span.end_seq ?? span.seq)}>
          {nameOf(span)}
        </button>
      </span>
      <span class="span-took" role="gridcell">
        {duration(bar.ms)}
      </span>
      <span class="track" role="gridcell">
        <button
          type="button"
          tabIndex={-1}
          class={`bar out-${span.outcome} ${bar.open ? 'is-open' : ''}`}
          style={{ left: `${bar.from * 100}%`, width: `max(4px, ${(bar.to - bar.from) * 100}%)` }}
          title={tell}
          aria-label={tell}
          onClick={() => onSeq(span.seq)}
        />
        <span class={bar.from > 0.7 ? 'bar-note before' : 'bar-note'} style={bar.from > 0.7 ? { right: `${(1 - bar.from) * 100}%` } : { left: `calc(${bar.to * 100}% + 4px)` }}>
          {span.outcome === 'completed' ? '' : span.outcome}
          {error && `: ${error}`}
        </span>
      </span>
    </div>
  );
}
