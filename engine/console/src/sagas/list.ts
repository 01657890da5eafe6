// The list that is shown: pages as they are scrolled to, and what changes meanwhile.

import { signal, type Signal } from '@preact/signals';
import { get } from '../api/client';
import type { Page, Saga } from '../api/types';
import { onChange, type Change } from '../live';
import { queryOf, type Filter } from './filter';
import { above, before, join, merge, renew } from './rows';

const PAGE = 250;
// Where more changes than the stream tells, what is in sight is asked for again, at most so often.
const RENEW_MS = 1000;

export class SagaList {
  readonly rows: Signal<Saga[]> = signal([]);
  readonly loading = signal(true);
  readonly error: Signal<unknown> = signal(null);
  // Whether the list goes on below its last row.
  readonly open = signal(true);
  // The first row in sight, as far as rows above it may come and go; and who is told how far it has moved.
  anchor: Saga | undefined;
  onShift: (rows: number) => void = () => {};

  private readonly stop = new AbortController();
  private readonly unlisten: () => void;
  private readonly openedAt = Date.now();
  private next: string | null = null;
  // Where the pages that were loaded end: their last saga, and what the engine goes on from behind it.
  private ends: { last: Saga; cursor: string }[] = [];
  private renewing = false;
  private renewWanted = false;

  constructor(readonly filter: Filter) {
    this.unlisten = onChange((change) => this.take(change));
    void this.more();
  }

  dispose() {
    this.stop.abort();
    this.unlisten();
  }

  // The next page, where there is one and none is on its way.
  async more() {
    if (!this.open.value || (this.loading.value && this.rows.value.length > 0)) return;
    this.loading.value = true;
    try {
      const page = await this.page(this.next, PAGE);
      this.rows.value = join(this.rows.value, page.items);
      this.goOnBehind(page);
      this.error.value = null;
    } catch (error) {
      if (!this.stop.signal.aborted) this.error.value = error;
    }
    this.loading.value = false;
  }

  private goOnBehind(page: Page<Saga>) {
    this.next = page.next_cursor;
    this.open.value = page.next_cursor !== null;
    const last = page.items[page.items.length - 1];
    if (last && page.next_cursor) this.ends.push({ last, cursor: page.next_cursor });
  }

  private page(cursor: string | null, limit: number): Promise<Page<Saga>> {
    const query = queryOf(this.filter, this.openedAt);
    query.set('limit', String(limit));
    if (cursor) query.set('cursor', cursor);
    return get<Page<Saga>>(`/v1/sagas?${query}`, this.stop.signal);
  }

  private take(change: Change) {
    const gone = new Set(change.gone);
    const rows = gone.size > 0 ? this.rows.value.filter((row) => !gone.has(row.run)) : this.rows.value;
    const merged = merge(rows, change.items, this.filter, Date.now(), this.open.value, this.anchor);
    this.show(merged.rows, merged.shift);
    if (change.more || merged.ask) void this.renew();
  }

  private show(rows: Saga[], shift: number) {
    this.rows.value = rows;
    if (shift !== 0) this.onShift(shift);
  }

  // Lists again what is at the top, and what is in sight.
  private async renew() {
    this.renewWanted = true;
    if (this.renewing) return;
    this.renewing = true;
    while (this.renewWanted && !this.stop.signal.aborted) {
      this.renewWanted = false;
      await this.renewOnce().catch(() => {}); // a lost connection is shown by the stream, and told again by it
      await new Promise((resolve) => setTimeout(resolve, RENEW_MS));
    }
    this.renewing = false;
  }

  private async renewOnce() {
    const top = await this.page(null, PAGE);
    if (this.rows.value.length === 0) this.goOnBehind(top);
    let rows = renew(this.rows.value, top.items, true, top.next_cursor === null);
    const anchor = this.anchor;
    const end = anchor && [...this.ends].reverse().find(({ last }) => before(last, anchor) <= 0);
    if (end) {
      const page = await this.page(end.cursor, PAGE);
      rows = renew(rows, page.items, false, page.next_cursor === null);
    }
    this.error.value = null;
    this.show(rows, anchor ? above(rows, anchor) - above(this.rows.value, anchor) : 0);
  }
}
