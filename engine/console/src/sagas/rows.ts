// The rows of a list as sagas change under it; pure. The newest stands first, as the engine lists them.

import type { Saga } from '../api/types';
import { matches, type Filter } from './filter';

const descending = (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0);

// As the engine writes times, their text sorts as they do. Runs are made in the order of time: where two began in the
// same millisecond, they decide.
export function before(a: Saga, b: Saga): number {
  return descending(a.started_at, b.started_at) || descending(a.run, b.run);
}

// A page joins what is there. Of a saga that is in both, the one that has come further stays: the page may be older.
export function join(rows: Saga[], page: Saga[]): Saga[] {
  const byRun = new Map(rows.map((row) => [row.run, row]));
  for (const saga of page) {
    const shown = byRun.get(saga.run);
    if (!shown || shown.events <= saga.events) byRun.set(saga.run, saga);
  }
  return [...byRun.values()].sort(before);
}

// A page was listed anew: from behind `after` (null: from the top) to its last saga, or to the end where it is the last
// page, nothing else is in the list any more. A page without sagas that is not the last has told nothing.
export function renew(rows: Saga[], page: Saga[], after: Saga | null, isLast: boolean): Saga[] {
  const last = page[page.length - 1];
  const outside = (row: Saga) => (after !== null && before(row, after) <= 0) || (!isLast && (!last || before(row, last) > 0));
  const listed = new Set(page.map((saga) => saga.run));
  return join(rows.filter((row) => outside(row) || listed.has(row.run)), page);
}

export interface Merged {
  rows: Saga[];
  // Whether only the engine can say what has become of the list.
  ask: boolean;
}

// What has changed, into what is shown. `floor`: the list goes on below it, and what is there is not shown yet; undefined:
// all that there is is shown.
export function merge(rows: Saga[], changed: Saga[], filter: Filter, now: number, floor?: Saga): Merged {
  const byRun = new Map(rows.map((row) => [row.run, row]));
  let ask = false;
  for (const saga of changed) {
    const shown = byRun.get(saga.run);
    if (shown && shown.events > saga.events) continue; // told late
    const fits = matches(filter, saga, now);
    if (fits === false) {
      byRun.delete(saga.run);
    } else if (fits === null && !shown) {
      ask = true;
    } else if (shown || !floor || before(saga, floor) < 0) {
      byRun.set(saga.run, saga);
      ask ||= fits === null;
    }
  }
  return { rows: [...byRun.values()].sort(before), ask };
}

// How many rows came above the one at `anchor`, less those that went: so far has it moved.
export function shift(was: Saga[], is: Saga[], anchor: Saga): number {
  const above = (rows: Saga[]) => rows.filter((row) => before(row, anchor) < 0).length;
  return above(is) - above(was);
}
