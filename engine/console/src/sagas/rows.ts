// The rows of a list as sagas change under it; pure. The newest stands first, as the engine lists them.

import type { Saga } from '../api/types';
import { matches, type Filter } from './filter';

const descending = (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0);

// As the engine writes times, their text sorts as they do. Runs are made in the order of time: where two began in the
// same millisecond, they decide.
export function before(a: Saga, b: Saga): number {
  return descending(a.started_at, b.started_at) || descending(a.run, b.run);
}

// A page joins what is there; what is there already is replaced.
export function join(rows: Saga[], page: Saga[]): Saga[] {
  const fresh = new Map(page.map((saga) => [saga.run, saga]));
  const kept = rows.filter((row) => !fresh.has(row.run));
  return [...kept, ...page].sort(before);
}

// A page was listed anew: between its first and its last saga, and above where it is the first of the list, nothing else
// is in the list any more.
export function renew(rows: Saga[], page: Saga[], isFirst: boolean, isLast: boolean): Saga[] {
  const first = page[0];
  const last = page[page.length - 1];
  const outside = rows.filter(
    (row) => (first && !isFirst && before(row, first) < 0) || (last && !isLast && before(row, last) > 0),
  );
  return join(outside, page);
}

export interface Merged {
  rows: Saga[];
  // How many rows came above the one at `anchor`, less those that went: so far has it moved.
  shift: number;
  // Whether only the engine can say what has become of the list.
  ask: boolean;
}

// What has changed, into what is shown. `open`: the list goes on below its last row, so what is older than that is not
// shown yet.
export function merge(rows: Saga[], changed: Saga[], filter: Filter, now: number, open: boolean, anchor?: Saga): Merged {
  const byRun = new Map(rows.map((row) => [row.run, row]));
  const oldest = rows[rows.length - 1];
  let ask = false;
  for (const saga of changed) {
    const shown = byRun.get(saga.run);
    if (shown && shown.events > saga.events) continue; // told late
    const fits = matches(filter, saga, now);
    if (fits === false) {
      byRun.delete(saga.run);
    } else if (fits === null && !shown) {
      ask = true;
    } else if (shown || !open || !oldest || before(saga, oldest) < 0) {
      byRun.set(saga.run, saga);
      ask ||= fits === null;
    }
  }
  const merged = [...byRun.values()].sort(before);
  return { rows: merged, shift: anchor ? above(merged, anchor) - above(rows, anchor) : 0, ask };
}

// How many rows stand above it.
export function above(rows: Saga[], anchor: Saga): number {
  return rows.filter((row) => before(row, anchor) < 0).length;
}
