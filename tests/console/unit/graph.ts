import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphTask, SagaEvent, SagaState, StepState } from 'console/api/types';
import { layout, type Box } from 'console/graph/layout';
import { looksAt } from 'console/graph/looks';

const task = (name: string, more: Partial<GraphTask> = {}): GraphTask => ({
  step: `/do/${name}`, name, kind: 'call', line: 1, pivot: false, after_pivot: false, effect: true, lists: [], ...more,
});
const undone = (by: string) => ({ undo: { step: `/${by}`, tasks: [by] } });

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
function within(inner: Box, outer: Box): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h;
}

test('the flow goes down, and undos stand beside their steps with the way back leading up', () => {
  const drawing = layout([task('a', undone('a.undo')), task('b'), task('c', undone('c.undo'))]);
  const [a, b, c] = drawing.cards;
  assert.ok(a!.y < b!.y && b!.y < c!.y);
  assert.equal(drawing.undos.length, 2);
  assert.ok(drawing.undos.every((undo) => undo.x > a!.x + a!.w));
  const back = drawing.edges.filter((edge) => edge.kind === 'undo');
  assert.equal(back.length, 1);
  const [, from, to] = /M[\d.]+ ([\d.]+)V([\d.]+)/.exec(back[0]!.path)!;
  assert.ok(Number(from) > Number(to));
});

test('branches stand side by side inside their fork, and nothing overlaps', () => {
  const fork = task('fork', {
    kind: 'fork',
    lists: ['x', 'y', 'z'].map((name) => ({ role: 'branch' as const, name, tasks: [task(name, undone(`${name}.undo`))] })),
  });
  const nested = task('try', { kind: 'try', lists: [{ role: 'try', tasks: [fork] }, { role: 'catch', tasks: [task('handle')] }] });
  const drawing = layout([task('first'), nested, task('last')]);
  const cardOf = (name: string) => drawing.cards.find((card) => card.task.name === name)!;
  assert.equal(cardOf('x').y, cardOf('y').y);
  for (const name of ['x', 'y', 'z']) assert.ok(within(cardOf(name), cardOf('fork')), name);
  for (const undo of drawing.undos) assert.ok(within(undo, cardOf('fork')), undo.of.name);
  assert.ok(within(cardOf('fork'), cardOf('try')) && within(cardOf('handle'), cardOf('try')));
  const boxes = [...drawing.cards.filter((card) => !card.group), ...drawing.undos];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.ok(!overlap(a, b))));
  for (const box of boxes) assert.ok(within(box, { x: 0, y: 0, w: drawing.width, h: drawing.height }));
});

test('a switch leads to the tasks that its cases name, and to the end', () => {
  const choose = task('choose', { kind: 'switch', cases: [{ name: 'small', when: '.n < 1', then: 'c' }, { name: 'none', then: 'end' }] });
  const drawing = layout([choose, task('b', { then: 'choose' }), task('c')]);
  const jumps = drawing.edges.filter((edge) => edge.kind === 'jump');
  assert.deepEqual(jumps.map((edge) => edge.label?.text), ['small', 'none: end', undefined]);
  const flows = drawing.edges.filter((edge) => edge.kind === 'flow');
  // start, choose to b, and the last; b goes back and so not on to c.
  assert.equal(flows.length, 3);
});

test('the names of a switch\'s cases have room, however many there are', () => {
  const cases = Array.from({ length: 9 }, (_, i) => ({ name: `case ${i}`, when: '.n', then: 'b' }));
  const drawing = layout([task('choose', { kind: 'switch', cases }), task('b')]);
  const [choose, b] = drawing.cards;
  const places = drawing.edges.flatMap((edge) => (edge.label ? [edge.label.y] : []));
  assert.equal(places.length, 9);
  places.slice(1).forEach((y, i) => assert.ok(y - places[i]! >= 15));
  assert.ok(places.every((y) => y > choose!.y && y < choose!.y + choose!.h));
  assert.ok(choose!.y + choose!.h < b!.y);
});

test('a workflow of a thousand tasks is laid out at once', () => {
  const started = performance.now();
  layout(Array.from({ length: 1_000 }, (_, i) => task(`t${i}`, undone('u'))));
  assert.ok(performance.now() - started < 2_000);
});

const step = (of: string, more: Partial<StepState>): StepState => ({
  step: of, visit: 1, key: '', task: 't', phase: 'closed', outcome: 'completed', attempt: 1, input: null, output: null, error: null,
  may_have_effect: true, undo: 'none', undo_generation: 0, ...more,
});
const event = (seq: number, type: string, more: Partial<SagaEvent> = {}): SagaEvent => ({ seq, at: '2026-01-01T00:00:00.000Z', type, ...more });
const state = (more: Partial<SagaState>): SagaState => ({
  seq: 10, of: 10, at: '', event: event(10, 'x'), status: 'running', context: null, input: null, output: null, error: null, steps: [], open: [], ...more,
});

test('a step looks as its last visit does', () => {
  const looks = looksAt(state({ steps: [step('/do/a', { visit: 2, phase: 'waiting', attempt: 3 }), step('/do/a', { visit: 1, outcome: 'failed' })] }), []);
  assert.equal(looks.get('/do/a')!.state, 'waiting');
  assert.equal(looks.get('/do/a')!.attempt, 3);
  assert.equal(looks.get('/do/a')!.visits, 2);
});

test('what happens later than the moment is not seen yet', () => {
  const events = [event(1, 'saga.started'), event(2, 'context.set', { step: '/do/a' }), event(3, 'context.set', { step: '/do/b' })];
  const looks = looksAt(state({ seq: 2 }), events);
  assert.equal(looks.get('/do/a')!.state, 'passed');
  assert.equal(looks.get('/do/b'), undefined);
});

test('a task that is open is open, and a step inside it keeps its own look', () => {
  const open = [{ step: '/do/a', visit: 1, phase: 'running', since: '' }, { step: '/do/a/b', visit: 1, phase: 'waiting', since: '' }];
  const looks = looksAt(state({ open, steps: [step('/do/a/b', { phase: 'waiting' })] }), []);
  assert.equal(looks.get('/do/a')!.state, 'open');
  assert.equal(looks.get('/do/a/b')!.state, 'waiting');
});

test('a task that listens shows what is still awaited, and is passed when it has all', () => {
  const awaits = [{ type: 'paid', subject: 'a' }, { type: 'sent', came: true }];
  const events = [event(1, 'event.awaited', { step: '/do/a' }), event(3, 'event.matched', { step: '/do/a', taken: 'more' }), event(5, 'event.matched', { step: '/do/a', taken: 'end' })];
  const listening = looksAt(state({ seq: 3, open: [{ step: '/do/a', visit: 1, phase: 'listening', since: '', awaits }] }), events).get('/do/a')!;
  assert.equal(listening.state, 'listening');
  assert.deepEqual(listening.awaits, [{ type: 'paid', subject: 'a' }]);
  assert.equal(looksAt(state({ seq: 5 }), events).get('/do/a')!.state, 'passed');
  assert.equal(looksAt(state({ seq: 4 }), events).get('/do/a'), undefined, 'its time was up before it had all');
});

test('a step that is stuck looks so, whether it ran or never could', () => {
  const stuck = { phase: 'running', since: '', stuck_on: { title: 'no money' } };
  const open = [{ ...stuck, step: '/do/a', visit: 1 }, { ...stuck, step: '/do/b', visit: 1, phase: 'entering' }, { step: '/do/c', visit: 1, phase: 'running', since: '' }];
  const looks = looksAt(state({ status: 'stuck', open, steps: [step('/do/a', { outcome: 'rejected' }), step('/do/c', { phase: 'in_flight' })] }), []);
  assert.equal(looks.get('/do/a')!.state, 'stuck');
  assert.equal(looks.get('/do/b')!.state, 'stuck');
  assert.equal(looks.get('/do/c')!.state, 'running');
});

test('of the undos of many visits, the one that wants most to be seen is shown', () => {
  const visits = (...undos: StepState['undo'][]) => undos.map((undo, index) => step('/do/a', { visit: index + 1, undo }));
  const shown = (steps: StepState[]) => looksAt(state({ status: 'compensating', steps }), []).get('/do/a')!;
  for (const steps of [visits('done', 'stuck', 'running'), visits('stuck', 'done', 'registered').reverse()]) assert.equal(shown(steps).undo, 'stuck');
  assert.equal(shown(visits('running', 'due', 'done')).undo, 'running');
  assert.equal(shown(visits('registered', 'done')).undo, 'registered');
  assert.equal(shown(visits('done', 'none')).undo, 'done');
  assert.equal(shown(visits('done', 'none')).visits, 2);
});

test('an undo is ready only while something can still make it run', () => {
  const registered = step('/do/a', { undo: 'registered' });
  const undoOf = (more: Partial<SagaState>, of = registered) => looksAt(state({ steps: [of], ...more }), []).get('/do/a')!.undo;
  assert.equal(undoOf({}), 'registered');
  assert.equal(undoOf({ status: 'completed' }), 'none');
  assert.equal(undoOf({ pivot_done: true }), 'none');
  assert.equal(undoOf({}, { ...registered, outcome: 'rejected', may_have_effect: false }), 'none');
  assert.equal(undoOf({ status: 'compensated' }, { ...registered, undo: 'done' }), 'done');
});
