// The list of sagas before an engine that answers when the test says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page, Saga } from 'console/api/types';
import type { Change } from 'console/live';
import { NO_FILTER, type Filter } from 'console/sagas/filter';
import { SagaList } from 'console/sagas/list';
import { down, ids, saga } from './sagas';

class FakeEngine {
  asked: { cursor: string | null; answer: (page: Page<Saga>) => void; fail: (error: Error) => void }[] = [];
  tell: (change: Partial<Change>) => void = () => {};

  page(query: URLSearchParams): Promise<Page<Saga>> {
    return new Promise((answer, fail) => this.asked.push({ cursor: query.get('cursor'), answer, fail }));
  }
  onChange(listener: (change: Change) => void) {
    this.tell = (change) => listener({ items: [], more: false, ...change });
    return () => {};
  }
  // The answer to the oldest request, and what the list makes of it.
  async answer(items: Saga[], next_cursor: string | null) {
    const { cursor, answer } = this.asked.shift()!;
    answer({ items, next_cursor });
    await new Promise((resolve) => setImmediate(resolve));
    return cursor;
  }
}

function begin(filter: Partial<Filter> = {}) {
  const engine = new FakeEngine();
  return { engine, list: new SagaList({ ...NO_FILTER, ...filter }, engine) };
}

// The sagas from one number down to another.
const from = (first: number, last: number) => down(...Array.from({ length: first - last + 1 }, (_, i) => first - i));

test('what is told while a page is on its way is kept', async () => {
  const { engine, list } = begin({ status: ['running'] });
  engine.tell({ items: [saga(3, { status: 'completed', events: 9 }), saga(2, { events: 7 }), saga(6)] });
  await engine.answer(down(5, 4, 3, 2, 1), null);
  assert.equal(ids(list.rows.value), '6,5,4,2,1');
  assert.equal(list.rows.value[3]!.events, 7);
  list.dispose();
});

test('what is told while the list is renewed is kept, wherever it stands', async () => {
  const { engine, list } = begin();
  await engine.answer(down(5, 4), 'behind 4');
  void list.more();
  await engine.answer(down(3, 2, 1), null);
  list.anchor = list.rows.value[3];
  engine.tell({ more: true });
  await engine.answer(down(5, 4), 'behind 4');
  engine.tell({ items: [saga(6), saga(1, { events: 8 })], gone: [saga(5).run] });
  assert.equal(await engine.answer(down(3, 2, 1), null), 'behind 4');
  assert.equal(ids(list.rows.value), '6,4,3,2,1');
  assert.equal(list.rows.value[4]!.events, 8);
  list.dispose();
});

test('a page that is joined while the list is renewed stays', async () => {
  const { engine, list } = begin();
  await engine.answer(down(5, 4), 'behind 4');
  engine.tell({ more: true });
  void list.more();
  const [renewal] = engine.asked.splice(0, 1);
  await engine.answer(down(3, 2, 1), null);
  engine.asked.unshift(renewal!);
  await engine.answer(down(5, 4), 'behind 4');
  assert.equal(ids(list.rows.value), '5,4,3,2,1');
  list.dispose();
});

test('empty pages that lead to others are gone through, and nothing is taken for the end before it is', async () => {
  const { engine, list } = begin({ workflow: 'a/b' });
  await engine.answer([], 'one');
  assert.equal(list.loading.value, true);
  assert.equal(await engine.answer([], 'two'), 'one');
  assert.equal(await engine.answer(down(2, 1), null), 'two');
  assert.equal(ids(list.rows.value), '2,1');
  assert.equal(list.loading.value, false);
  assert.equal(list.open.value, false);
  list.dispose();
});

test('a page is asked for once, also where no row is there yet', async () => {
  const { engine, list } = begin();
  void list.more();
  assert.equal(engine.asked.length, 1);
  list.dispose();
});

test('what was told before the first page does not stand below a gap', async () => {
  const { engine, list } = begin();
  engine.tell({ items: [saga(1)] });
  await engine.answer(down(9, 8), 'behind 8');
  assert.equal(ids(list.rows.value), '9,8');
  void list.more();
  await engine.answer(from(7, 1), null);
  assert.equal(ids(list.rows.value), '9,8,7,6,5,4,3,2,1');
  list.dispose();
});

test('where more has begun than a page tells, the list begins anew, but not under somebody who has scrolled', async () => {
  for (const scrolled of [false, true]) {
    const { engine, list } = begin();
    await engine.answer(down(3, 2, 1), 'behind 1');
    if (scrolled) list.anchor = list.rows.value[1];
    engine.tell({ more: true });
    await engine.answer(down(9, 8), 'behind 8');
    assert.equal(ids(list.rows.value), scrolled ? '9,8,3,2,1' : '9,8');
    if (scrolled) list.dispose();
    else void list.more();
    if (!scrolled) assert.equal(await engine.answer(from(7, 1), null), 'behind 8');
    if (!scrolled) assert.equal(ids(list.rows.value), '9,8,7,6,5,4,3,2,1');
    list.dispose();
  }
});

test('a list that has grown too long goes back to its first page, unless its rows are needed', async () => {
  for (const held of [false, true]) {
    const { engine, list } = begin();
    await engine.answer(down(1), null);
    list.held = held;
    engine.tell({ items: from(20_001, 2) });
    assert.equal(engine.asked.length, held ? 0 : 1);
    if (!held) await engine.answer(from(20_001, 19_752), 'behind 19752');
    assert.equal(list.rows.value.length, held ? 20_001 : 250);
    assert.equal(list.open.value, !held);
    list.dispose();
  }
});
