// The list that is shown: pages as they are scrolled to, and what changes meanwhile.

import { signal, type Signal } from '@preact/signals';
import { get } from '../api/client';
import type { Page, Saga } from '../api/types';
import { onChange, type Change } from '../live';
import { queryOf, type Filter } from './filter';
import { before, join, merge, renew, shift } from './rows';

const PAGE = 250;
// Where more changes than the stream tells, what is in sight is asked for again, at most so often.
const RENEW_MS = 1000;
// Beyond so many rows the list goes back to its first page, unless somebody needs those below it.
const MOST_ROWS = 20_000;
// Changes that are kept for a page that is on its way; beyond, the list is asked for again.
const MOST_HEARD = 100;

// Where the sagas come from.
export interface Source {
  page(query: URLSearchParams, signal: AbortSignal): Promise<Page<Saga>>;
  onChange(listener: (change: Change) => void): () => void;
}

const ENGINE: Source = { page: (query, signal) => get<Page<Saga>>(`/v1/sagas?${query}`, signal), onChange };

interface Fetched {
  page: Page<Saga>;
  // What has changed since it was asked for; the page may be older than that.
  since: Change[];
}

export class SagaList {
  readonly rows: Signal<Saga[]> = signal([]);
  readonly loading = signal(true);
  readonly error: Signal<unknown> = signal(null);
  // Whether the list goes on below its last row.
  readonly open = signal(true);
  // The first row in sight, as far as rows above it may come and go; and who is told how far it has moved.
  anchor: Saga | undefined;
  onShift: (rows: number) => void = () => {};
  // Whether somebody needs the rows, wherever they are: some are selected.
  held = false;

  private readonly stop = new AbortController();
  private readonly unlisten: () => void;
  private readonly openedAt = Date.now();
  private next: string | null = null;
  // Where the pages that were loaded end: their last saga, and what the engine goes on from behind it.
  private ends: { last: Saga; cursor: string }[] = [];
  // The top of what is known without a gap: what is above it was told by the stream alone.
  private newest: Saga | undefined;
  // How often the list has begun anew; a next page of the list before is of no use.
  private beginnings = 0;
  private readonly underway = new Set<Change[]>();
  private paging = false;
  private renewing = false;
  private renewWanted = false;

  constructor(
    readonly filter: Filter,
    private readonly source: Source = ENGINE,
  ) {
    this.unlisten = source.onChange((change) => this.take(change));
    void this.more();
  }

  dispose() {
    this.stop.abort();
    this.unlisten();
  }

  // The next page that has sagas, where there is one and none is on its way.
  async more() {
    if (this.paging || !this.open.value) return;
    this.paging = true;
    this.loading.value = true;
    try {
      // The engine gives a page some time: where little fits, one may be empty and lead to another all the same.
      while (!(await this.nextPage()) && this.open.value);
      this.error.value = null;
    } catch (error) {
      if (!this.stop.signal.aborted) this.error.value = error;
    }
    this.paging = false;
    this.loading.value = false;
  }

  // Whether it has brought sagas.
  private async nextPage(): Promise<boolean> {
    const beginnings = this.beginnings;
    const { page, since } = await this.fetch(this.next);
    if (beginnings !== this.beginnings) return true;
    this.newest ??= page.items[0];
    this.goOnBehind(page);
    const floor = this.floor();
    const rows = join(this.rows.value, page.items);
    // Before the first page there is no floor: what was told of then may stand below a gap.
    this.show(floor ? rows.filter((row) => before(row, floor) <= 0) : rows, since);
    return page.items.length > 0;
  }

  private goOnBehind(page: Page<Saga>) {
    this.next = page.next_cursor;
    this.open.value = page.next_cursor !== null;
    const last = page.items[page.items.length - 1];
    if (last && page.next_cursor) this.ends.push({ last, cursor: page.next_cursor });
  }

  private async fetch(cursor: string | null): Promise<Fetched> {
    const query = queryOf(this.filter, this.openedAt);
    query.set('limit', String(PAGE));
    if (cursor) query.set('cursor', cursor);
    const since: Change[] = [];
    this.underway.add(since);
    try {
      return { page: await this.source.page(query, this.stop.signal), since };
    } finally {
      this.underway.delete(since);
    }
  }

  private take(change: Change) {
    for (const since of this.underway) {
      if (since.length < MOST_HEARD) since.push(change);
      else void this.renew();
    }
    this.show(this.rows.value, [change]);
    if (change.more || (this.rows.value.length > MOST_ROWS && !this.isNeeded())) void this.renew();
  }

  // What is below it is not shown yet.
  private floor(): Saga | undefined {
    return this.open.value ? this.ends[this.ends.length - 1]?.last : undefined;
  }

  // These rows, with what has changed since they were so.
  private show(rows: Saga[], since: Change[]) {
    const floor = this.floor();
    for (const change of since) {
      const gone = new Set(change.gone);
      const kept = gone.size > 0 ? rows.filter((row) => !gone.has(row.run)) : rows;
      const merged = merge(kept, change.items, this.filter, Date.now(), floor);
      rows = merged.rows;
      if (merged.ask) void this.renew();
    }
    const moved = this.anchor ? shift(this.rows.value, rows, this.anchor) : 0;
    this.rows.value = rows;
    if (moved !== 0) this.onShift(moved);
  }

  private isNeeded(): boolean {
    return this.anchor !== undefined || this.held;
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
    await this.renewTop();
    const anchor = this.anchor;
    const end = anchor && [...this.ends].reverse().find(({ last }) => before(last, anchor) <= 0);
    if (end) {
      const { page, since } = await this.fetch(end.cursor);
      this.show(renew(this.rows.value, page.items, end.last, page.next_cursor === null), since);
    }
    this.error.value = null;
  }

  private async renewTop() {
    const { page, since } = await this.fetch(null);
    const isAll = page.next_cursor === null;
    const last = page.items[page.items.length - 1];
    const gap = last !== undefined && (!this.newest || before(last, this.newest) < 0);
    const tooMany = last !== undefined && this.rows.value.length > MOST_ROWS;
    const anew = isAll || ((gap || tooMany) && !this.isNeeded());
    if (anew) this.beginAnew(page);
    else if (!gap) this.newest = page.items[0] ?? this.newest;
    this.show(renew(this.rows.value, page.items, null, anew), since);
  }

  // From this page on, which is the first.
  private beginAnew(page: Page<Saga>) {
    this.beginnings += 1;
    this.ends = [];
    this.newest = page.items[0];
    this.goOnBehind(page);
  }
}
