// Where each span of a saga stands on its timeline; pure.

import type { Span, Trace } from '../api/types';

export interface Bar {
  span: Span;
  key: string;
  depth: number;
  hasChildren: boolean;
  // Parts of the whole, 0 to 1.
  from: number;
  to: number;
  ms: number;
  open: boolean;
}

export interface Timeline {
  start: number;
  end: number;
  bars: Bar[];
}

export const keyOf = (span: Span) => `${span.kind} ${span.seq} ${span.step} ${span.attempt ?? ''}`;

// A step that was tried once says all that its attempt would.
function isOneAttempt(span: Span): boolean {
  const [first, second] = span.children;
  return first !== undefined && second === undefined && /attempt$/.test(first.kind) && first.children.length === 0;
}

// `folded`: the keys of spans whose children are not shown. What is open reaches to `now`.
export function timelineOf(trace: Trace, now: number, folded: ReadonlySet<string>): Timeline {
  const start = Date.parse(trace.started_at);
  let end = trace.ended_at ? Date.parse(trace.ended_at) : Math.max(now, start);
  const latest = (spans: Span[]) => {
    for (const span of spans) {
      end = Math.max(end, Date.parse(span.end ?? span.start));
      latest(span.children);
    }
  };
  latest(trace.spans);
  const whole = Math.max(1, end - start);
  const bars: Bar[] = [];
  const add = (spans: Span[], depth: number) => {
    for (const span of spans) {
      const from = Date.parse(span.start);
      const to = span.end ? Date.parse(span.end) : Math.max(from, trace.ended_at ? end : now);
      const key = keyOf(span);
      const children = isOneAttempt(span) ? [] : span.children;
      bars.push({
        span,
        key,
        depth,
        hasChildren: children.length > 0,
        from: (from - start) / whole,
        to: Math.min(1, (to - start) / whole),
        ms: to - from,
        open: span.end === null,
      });
      if (!folded.has(key)) add(children, depth + 1);
    }
  };
  add(trace.spans, 0);
  return { start, end, bars };
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1800e3, 3600e3, 7200e3, 21600e3, 43200e3, 86400e3];

// Round distances from the start, in milliseconds, at most so many.
export function ticks(whole: number, most: number): number[] {
  const step = STEPS.find((each) => whole / each <= most) ?? Math.ceil(whole / most / 86400e3) * 86400e3;
  return Array.from({ length: Math.floor(whole / step) + 1 }, (_, index) => index * step);
}
