import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SagaState, Status, TaskType } from 'console/api/types';
import { refusal, standing } from 'console/operate';
import { filterOf, hrefOf, matches, NO_FILTER, queryOf, timeOf } from 'console/sagas/filter';
import { before, join, merge, renew, shift } from 'console/sagas/rows';
import { extend, NOTHING, toggle } from 'console/sagas/selection';
import { breakers, sorted } from 'console/workers/order';
import { latestFirst } from 'console/workflows/versions';
import { down, ids, NOW, saga } from './sagas';

test('a filter goes into the address and comes out of it', () => {
  const filter = { ...NO_FILTER, status: ['stuck', 'failed'] as Status[], workflow: 'a/b', labels: ['x=1', 'y=a=b'], since: '1h', error: 'no money & more', id: 'order' };
  assert.deepEqual(filterOf(new URLSearchParams(hrefOf(filter).split('?')[1])), filter);
  assert.equal(hrefOf(NO_FILTER), '/sagas');
  assert.deepEqual(filterOf(new URLSearchParams('status=nonsense&label=none')), NO_FILTER);
});

test('a span of time is asked for as a time, and nonsense is left for the engine to refuse', () => {
  assert.equal(timeOf('15m', NOW), NOW - 900_000);
  assert.equal(timeOf('2d', NOW), NOW - 172_800_000);
  assert.equal(timeOf('yesterday', NOW), null);
  assert.equal(queryOf({ ...NO_FILTER, since: '1h' }, NOW).get('since'), '2026-06-01T11:00:00.000Z');
  assert.equal(queryOf({ ...NO_FILTER, since: 'yesterday' }, NOW).get('since'), 'yesterday');
});

test('a saga belongs to a list as the engine would say, and where only it can say, that is told', () => {
  const one = saga(1, { labels: { x: '1' } });
  assert.equal(matches(NO_FILTER, one, NOW), true);
  assert.equal(matches({ ...NO_FILTER, status: ['stuck'] }, one, NOW), false);
  assert.equal(matches({ ...NO_FILTER, status: ['stuck', 'running'] }, one, NOW), true);
  assert.equal(matches({ ...NO_FILTER, labels: ['x=2'] }, one, NOW), false);
  assert.equal(matches({ ...NO_FILTER, since: '30m' }, one, NOW), true);
  assert.equal(matches({ ...NO_FILTER, since: '2026-06-01T11:59:30Z' }, one, NOW), false);
  assert.equal(matches({ ...NO_FILTER, id: 'saga' }, one, NOW), true);
  assert.equal(matches({ ...NO_FILTER, id: '0000-00001' }, one, NOW), true);
  assert.equal(matches({ ...NO_FILTER, id: 'aga' }, one, NOW), false);
  assert.equal(matches({ ...NO_FILTER, error: 'money' }, one, NOW), null);
});

test('the newest stands first', () => {
  assert.ok(before(saga(2), saga(1)) < 0);
  const at = { started_at: '2026-06-01T00:00:00.000Z' };
  assert.ok(before(saga(2, at), saga(1, at)) < 0);
});

test('changes are merged: new ones on top, changed ones in place, those that no longer fit go', () => {
  const filter = { ...NO_FILTER, status: ['running'] as Status[] };
  const merged = merge(down(3, 2, 1), [saga(4), saga(2, { status: 'completed', events: 5 }), saga(1, { events: 3 })], filter, NOW);
  assert.equal(ids(merged.rows), '4,3,1');
  assert.equal(merged.rows[2]!.events, 3);
  assert.equal(merged.ask, false);
});

test('what was told late changes nothing', () => {
  const merged = merge([saga(1, { status: 'completed', events: 9 })], [saga(1, { events: 4 })], NO_FILTER, NOW);
  assert.equal(merged.rows[0]!.status, 'completed');
});

test('below the last row of a list that goes on, nothing is put', () => {
  assert.equal(ids(merge(down(5, 4), [saga(1)], NO_FILTER, NOW, saga(4)).rows), '5,4');
  assert.equal(ids(merge(down(5, 4), [saga(1)], NO_FILTER, NOW).rows), '5,4,1');
});

test('above the floor of a list that goes on, what comes to fit is put, whatever row is the last', () => {
  assert.equal(ids(merge(down(5), [saga(4)], NO_FILTER, NOW, saga(3)).rows), '5,4');
});

test('how far the row that is looked at has moved is told', () => {
  const rows = down(5, 4, 3, 2, 1);
  assert.equal(shift(rows, down(7, 6, 5, 4, 3, 2, 1), rows[3]!), 2);
  assert.equal(shift(rows, down(4, 3, 2, 1), rows[3]!), -1);
});

test('of a saga that was listed and told, the one that has come further is shown', () => {
  const rows = join([saga(2, { events: 9 }), saga(1, { events: 2 })], [saga(2, { events: 4 }), saga(1, { events: 3 })]);
  assert.deepEqual(rows.map((row) => row.events), [9, 3]);
});

test('a part that is listed anew loses what is no longer in it, and only that part', () => {
  const rows = down(9, 8, 7, 6, 5, 4, 3, 2, 1);
  assert.equal(ids(renew(rows, down(10, 9, 7), null, false)), '10,9,7,6,5,4,3,2,1');
  assert.equal(ids(renew(rows, down(5, 3), saga(6), false)), '9,8,7,6,5,3,2,1');
  assert.equal(ids(renew(rows, [], null, true)), '');
  assert.equal(ids(renew(rows, [], saga(6), true)), '9,8,7,6');
});

test('an empty page that leads to another says nothing of any row', () => {
  assert.equal(ids(renew(down(3, 2, 1), [], null, false)), '3,2,1');
  assert.equal(ids(renew(down(3, 2, 1), [], saga(2), false)), '3,2,1');
});

test('rows are selected one by one, and from one to another', () => {
  const shown = ['a', 'b', 'c', 'd'];
  const one = toggle(NOTHING, 'b');
  assert.deepEqual([...extend(one, 'd', shown).runs], ['b', 'c', 'd']);
  assert.deepEqual([...extend(one, 'a', shown).runs].sort(), ['a', 'b']);
  assert.deepEqual([...toggle(one, 'b').runs], []);
  assert.deepEqual([...extend(NOTHING, 'c', shown).runs], ['c']);
});

test('a verb that would do nothing says why', () => {
  const waiting = { step: '/do/0/a', task: 't', attempt: 1, since: '', next_retry_at: '2026-06-01T12:00:01.000Z', last_error: null };
  assert.equal(refusal('cancel', saga(1, { status: 'completed' })), 'it is completed');
  assert.equal(refusal('cancel', saga(1)), null);
  assert.equal(refusal('retry', saga(1)), 'no step of it stands still');
  assert.equal(refusal('retry', saga(1, { pending: [waiting] })), null);
  assert.equal(refusal('resume', saga(1, { status: 'suspended' })), null);
});

test('an order can be about what is stuck, then what waits for its next attempt, and nothing in flight or meant to wait', () => {
  const one = { step: '/do/0/flies', task: 't', attempt: 2, since: '', next_retry_at: null, last_error: { title: 'before' } };
  const due = '2026-06-01T12:00:01.000Z';
  const pending = [
    one,
    { ...one, step: '/do/1/waits', next_retry_at: due },
    { ...one, step: '/do/2/sleep', task: '', next_retry_at: due, last_error: null },
    { ...one, step: '/do/3/stuck' },
  ];
  const state = { open: ['flies', 'stuck'].map((name, i) => ({ step: `/do/${i * 3}/${name}`, visit: 1, phase: 'running', since: '', ...(i ? { stuck_on: { title: 'x' } } : {}) })) } as SagaState;
  assert.deepEqual(standing(saga(1, { status: 'stuck', pending }), state), ['/do/3/stuck', '/do/1/waits']);
  assert.equal(refusal('skip', saga(1, { pending: [pending[2]!] })), 'no step of it stands still');
});

test('what nobody serves comes first, then open breakers, then what waits', () => {
  const type = (task: string, waiting: number, state?: string): TaskType => ({
    task, waiting, oldest: null, unserved_since: null,
    workers: state ? [{ name: 'w', concurrency: 1, in_flight: 0, seen: '', breakers: { s: state } }] : [],
  });
  const order = sorted([type('idle', 0, 'closed'), type('busy', 9, 'closed'), type('nobody', 0), type('open', 1, 'open'), type('needed', 3)]);
  assert.deepEqual(order.map((each) => each.task), ['needed', 'nobody', 'open', 'busy', 'idle']);
});

test('a breaker is shown as the worker sees it that has it worst', () => {
  const worker = (state: string) => ({ name: state, concurrency: 1, in_flight: 0, seen: '', breakers: { s: state } });
  const seen = (...states: string[]) => breakers({ task: 't', waiting: 0, oldest: null, unserved_since: null, workers: states.map(worker) }).get('s');
  assert.equal(seen('half-open', 'closed'), 'half-open');
  assert.equal(seen('half-open', 'open', 'closed'), 'open');
  assert.equal(seen('closed', 'closed'), 'closed');
});

test('versions go by semver', () => {
  const rows = ['1.0.0', '1.10.0', '2.0.0-rc.1', '1.9.0', '2.0.0', '2.0.0-rc.10', '2.0.0-beta'].map((version) => ({ workflow: 'a/b', version, hash: '', deployed_at: '' }));
  assert.deepEqual(latestFirst(rows).map((row) => row.version), ['2.0.0', '2.0.0-rc.10', '2.0.0-rc.1', '2.0.0-beta', '1.10.0', '1.9.0', '1.0.0']);
});
